"""Past films out of Orthanc encrypted: DICOM over TLS in both directions, and DICOMweb over https."""

from pathlib import Path

import pytest
from archive_peer import past_films
from certificates import HOUR, signed_by_itself
from nginx import running_nginx
from orthanc import TITLE, orthanc
from peers import LOCALHOST, free_port, listed
from receiving import environment, worklist_of
from test_fetch_orthanc import content_of, fetch

from cxr.pacs.tls import TlsFiles

pytestmark = pytest.mark.long

FILMS = 3
HTTPS = """
server {{
    listen {host}:{port} ssl;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    location / {{ proxy_pass http://{host}:{to}; }}
}}
"""


@pytest.mark.parametrize(
    ("by", "name", "trusted", "says"),
    [
        *((by, "peer", True, "") for by in ("get", "move", "web")),
        *((by, "peer", False, "not trusted here. Name a file") for by in ("get", "web")),
        *((by, "expired", True, "a certificate that has expired") for by in ("get", "web")),
    ],
)
def test_films_are_fetched_over_tls_from_nobody_but_whose_certificate_is_valid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str, name: str, trusted: bool, says: str
) -> None:
    ours = signed_by_itself(tmp_path, "us")
    theirs = signed_by_itself(tmp_path, name, -HOUR if name == "expired" else HOUR)
    port, https = free_port(), free_port()
    with orthanc(tmp_path / "orthanc", TlsFiles(theirs.certificate, theirs.key, ours.certificate)) as pacs:
        pacs.start(port)
        for one in past_films(FILMS, "20240504"):
            pacs.keep(content_of(one))
        used = {
            "PACS_AET": TITLE,
            "PACS_RETRY_SECONDS": "0.01",
            "PACS_DICOMWEB": f"https://{LOCALHOST}:{https}/dicom-web",
            "PACS_TLS": "true",
            "RECEIVE_TLS": "true",
            "TLS_CERTIFICATE": ours.certificate,
            "TLS_KEY": ours.key,
            "TLS_AUTHORITIES": (theirs if trusted else ours).certificate,
        }
        for setting, value in environment(tmp_path, pacs.port, **used).items():
            monkeypatch.setenv(setting, value)
        server = HTTPS.format(
            host=LOCALHOST, port=https, to=pacs.http_port, certificate=theirs.certificate, key=theirs.key
        )
        with running_nginx(tmp_path, server):
            ended = fetch("--by", by, "--live", "--port", str(port))

    if says:
        assert ended.exit_code == 1 and says in ended.stderr, ended.output
    else:
        assert ended.exit_code == 0 and f"{FILMS} fetched" in ended.stdout, ended.output
        assert sum(len(case.films) for case in listed(worklist_of(tmp_path))) == FILMS
