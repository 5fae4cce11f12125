"""Who gets into the API, and how often."""

import datetime
import json
from itertools import product

import pytest
from access.serving import ask
from access.test_gate import Browser
from api.calling import Caller, RunningApp
from api.conftest import YEAR
from cheap_passwords import cheap_passwords
from made_films import png
from starlette.applications import Starlette

from cxr.access.gate import Gate
from cxr.access.sign_in import PasswordSignIn
from cxr.api.guard import Rate
from cxr.api.mount import api_routes
from cxr.api.routes import operations
from cxr.settings import Settings
from cxr.worklist.accounts.accounts import AccountError
from cxr.worklist.accounts.role import Role
from cxr.worklist.accounts.tokens import Tokens
from cxr.worklist.audit.action import Action
from cxr.worklist.store.database import Database
from cxr.worklist.worklist import Worklist

__all__ = ["cheap_passwords"]


def every_route(worklist: Worklist) -> list[tuple[str, str]]:
    found = operations(Settings(), RunningApp(worklist))
    assert len(found) == 6
    return [(one.method, one.path.replace("{id}", "1")) for one in found] + [
        ("GET", "/nothing"),
        ("GET", "/"),
    ]


def test_no_route_answers_without_a_token_or_with_a_wrong_one(caller: Caller, worklist: Worklist) -> None:
    for (method, path), token in product(every_route(worklist), ("", "cxr_wrong", "a" * 300, "ris", "é")):
        caller.token = token
        answer = caller.call(path, method, png(1))

        assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert json.loads(answer.body)["title"] == "Unauthorized"
    assert worklist.ranked.page().total == 0


@pytest.mark.usefixtures("cheap_passwords")
@pytest.mark.parametrize("role", Role)
def test_no_session_of_any_role_opens_a_route_of_the_api_and_no_token_one_of_the_app(
    caller: Caller, worklist: Worklist, role: Role
) -> None:
    worklist.accounts.add("Somebody", role, "four words of mine", "root")
    session = {"cookie": f"cxr_session={worklist.sessions.open('Somebody')}"}
    app = Starlette(routes=api_routes(Settings(), RunningApp(worklist)))
    sign_in = PasswordSignIn(lambda: worklist)

    def status(method: str, path: str, headers: dict[str, str]) -> int | None:
        gate = Gate(app, lambda: worklist, Browser(), sign_in)
        return ask(lambda _: gate, path, headers, method=method).status

    bearer = {"authorization": f"Bearer {caller.token}"}
    for method, path in every_route(worklist):
        assert status(method, f"/api/v1{path}", session) == 401
        assert status(method, f"/api/v1{path}", bearer) not in (None, 401, 403)
    for path in ("/", "/audit", "/_stcore/metrics", "/api", "/api/v1", "/api/v2/films"):
        assert status("GET", path, bearer) == 401


def test_a_revoked_or_expired_token_opens_nothing_more(tmp_path: object, worklist: Worklist) -> None:
    database = Database(f"sqlite:///{tmp_path}/tokens.sqlite3")
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    times = [start]
    tokens = Tokens(database, lambda: times[-1])
    first, kept = tokens.add("ris", YEAR, "root")
    _, other = tokens.add("Router 2", YEAR, "root")

    assert tokens.of(kept) == first and tokens.of(other) and tokens.of(kept[:-1]) is None
    tokens.revoke("router  2", "root")
    assert tokens.of(other) is None
    times.append(start + YEAR)
    assert tokens.of(kept) is None
    with pytest.raises(AccountError, match="was, a token"):
        tokens.add("ROUTER 2", YEAR, "root")


def test_a_token_is_kept_as_a_hash_and_its_changes_are_recorded(caller: Caller, worklist: Worklist) -> None:
    assert worklist.tokens.all()[0].used_at is None
    assert caller.call("/health").status == 200
    worklist.tokens.revoke("ris", "root")

    assert worklist.tokens.all()[0].used_at is not None
    changes = worklist.audit.lines(action=Action.TOKEN_CHANGED)
    assert changes[0].details["change"] == "revoked"
    assert changes[1].details["change"].startswith("added, until ")
    with worklist._database.reading() as session:
        held = str(session.connection().exec_driver_sql("SELECT * FROM tokens").all())
    assert caller.token not in held and caller.token[4:] not in held


def test_a_token_that_asks_too_often_waits_and_others_do_not() -> None:
    times = [0.0]
    rate = Rate(60, lambda: times[-1])

    assert [rate.wait("ris") for _ in range(60)] == [0] * 60
    assert rate.wait("ris") == 1 and rate.wait("router") == 0
    times.append(1.0)
    assert (rate.wait("ris"), rate.wait("ris")) == (0, 1)


def test_too_many_requests_are_answered_with_the_seconds_to_wait(worklist: Worklist) -> None:
    app = RunningApp(worklist, settings=Settings(api_requests_per_minute=2))
    caller = Caller(app, worklist.tokens.add("ris", YEAR, "root")[1])
    answers = [caller.call("/health") for _ in range(3)]

    assert [answer.status for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[2].headers["retry-after"]) <= 30


def test_a_websocket_gets_no_answer_from_the_api(caller: Caller) -> None:
    assert not ask(lambda _: caller.served, "/api/v1/films", kind="websocket").accepted
