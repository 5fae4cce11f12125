"""The sign-in page: plain HTML without scripts, in the language of the browser, and its style."""

from functools import cache
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cxr import RESEARCH_USE
from cxr.language.catalogue import N_, translated
from cxr.language.language import COOKIE, Language, chosen_language
from cxr.language.sentences import in_language

SIGN_IN, STYLE = "/sign-in", "/sign-in/style.css"
TO_PROVIDER, FROM_PROVIDER = "/sign-in/provider", "/sign-in/callback"
HOME = "/"
_PASSWORD_FORM = Template("""<form method="post" action="/sign-in">
<input type="hidden" name="next" value="$next">
<label for="name">$name_label</label>
<input id="name" name="name" value="$name" autocomplete="username" autocapitalize="none" spellcheck="false"
maxlength="200" required $name_focus$described>
<label for="password">$password_label</label>
<input id="password" name="password" type="password" autocomplete="current-password" maxlength="1000"
required $password_focus$described>
<button type="submit">$sign_in</button>
</form>""")


WORDS = {
    "title": N_("Chest film screening"),
    "lead": N_("Sign in to read films and the worklist."),
    "sign_in": N_("Sign in"),
    "name_label": N_("Name"),
    "password_label": N_("Password"),
    "provider": N_("Sign in with your hospital account"),
}


def page_language(request: Request, setting: str) -> Language:
    """Decide the language of the page, as that of all others."""
    return chosen_language(request.cookies.get(COOKIE), setting, request.headers.get("accept-language"))


def page(
    language: Language, next_path: str, name: str = "", problem: str = "", status: int = 200
) -> Response:
    """Draw the page.

    Parameters
    ----------
    language
        What it is written in; `problem` is given in English.
    next_path
        Where to go after signing in.
    name, problem
        After a failed attempt: the name that was typed, and what went wrong.
    """
    form = _PASSWORD_FORM.substitute(
        _words(language),
        next=escape(next_path),
        name=escape(name),
        # Whoever typed a wrong password goes on there.
        name_focus="" if name else "autofocus",
        password_focus="autofocus" if name else "",
        described=' aria-describedby="problem"' if problem else "",
    )
    return _drawn(language, form, problem, status)


def provider_page(language: Language, next_path: str, problem: str = "", status: int = 200) -> Response:
    """Draw the page with a link to the hospital's own sign-in instead of a form."""
    link = f"{TO_PROVIDER}?next={quote(next_path, safe='')}"
    words = _words(language)["provider"]
    return _drawn(language, f'<a class="button" href="{link}">{words}</a>', problem, status)


def style() -> Response:
    """Return the style of the page."""
    return Response(_file("sign_in.css"), media_type="text/css")


def to_sign_in(path: str) -> Response:
    """Lead a browser to the page, and back to a path once it has signed in."""
    return RedirectResponse(SIGN_IN if path == HOME else f"{SIGN_IN}?next={quote(path, safe='')}", 303)


def wanted_path(request: Request) -> str:
    """Return where to go after signing in, from the page's address."""
    return own_path(request.query_params.get("next", HOME))


def own_path(path: str) -> str:
    """Return a path of this app; the home page for one that leads anywhere else."""
    printable = path.isascii() and path.isprintable() and " " not in path
    if not printable or not path.startswith("/") or path[1:2] in {"/", "\\"}:
        return HOME
    try:
        parts = urlsplit(path)
    except ValueError:
        return HOME
    return path if not parts.scheme and not parts.netloc and not parts.path.startswith(SIGN_IN) else HOME


def _words(language: Language) -> dict[str, str]:
    return {name: escape(translated(language, text)) for name, text in WORDS.items()}


def _drawn(language: Language, form: str, problem: str, status: int) -> Response:
    problem = in_language(language, problem)
    alert = f'<p class="problem" id="problem" role="alert">{escape(problem)}</p>' if problem else ""
    use = escape(in_language(language, RESEARCH_USE))
    html = _page().substitute(_words(language), lang=language.tag, problem=alert, form=form, use=use)
    return HTMLResponse(html, status)


@cache
def _file(name: str) -> str:
    return (Path(__file__).parent / name).read_text()


@cache
def _page() -> Template:
    return Template(_file("sign_in.html"))
