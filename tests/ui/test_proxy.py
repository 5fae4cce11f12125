"""The app behind nginx, with the example configuration that we ship."""

import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser
from ui.app_server import ROOT, started_app
from ui.browser import calls_outside, choose_age_group, wait_until_scored
from wanting import missing

from cxr.samples import sample_paths

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin")
MAIN = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{}}
http {{
    access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    include {folder}/cxr.conf;
}}
"""


@pytest.fixture
def proxied(tmp_path: Path) -> Iterator[str]:
    """Address of the app behind nginx, with TLS by a certificate for a day."""
    if NGINX is None:
        missing("no nginx on this machine (Debian: apt-get install nginx-light)")
    certificate, key = tmp_path / "localhost.pem", tmp_path / "localhost.key"
    make = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 1"
    subprocess.run([*make.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    with started_app(tmp_path) as app:
        port, plain = free_ports()
        example = (ROOT / "deploy" / "nginx" / "cxr.conf").read_text()
        for written, here in (
            ("listen 443", f"listen 127.0.0.1:{port}"),
            ("listen 80", f"listen 127.0.0.1:{plain}"),
            ("http://127.0.0.1:8501", app.url.replace("localhost", "127.0.0.1")),
            ("/etc/ssl/certs/ward.example.org.pem", str(certificate)),
            ("/etc/ssl/private/ward.example.org.key", str(key)),
            ("ward.example.org", "localhost"),
        ):
            assert written in example
            example = example.replace(written, here)
        (tmp_path / "cxr.conf").write_text(example)
        (tmp_path / "nginx.conf").write_text(MAIN.format(folder=tmp_path))
        nginx = [NGINX, "-p", tmp_path, "-c", tmp_path / "nginx.conf", "-e", tmp_path / "nginx.log"]
        subprocess.run([*nginx, "-t"], check=True, capture_output=True)
        process = subprocess.Popen(nginx)
        try:
            yield f"https://localhost:{port}"
        finally:
            process.kill()
            process.wait()


def test_films_are_uploaded_scored_and_shown_live_through_the_proxy(browser: Browser, proxied: str) -> None:
    page = browser.new_context(ignore_https_errors=True).new_page()
    outside = calls_outside(page)
    answer = page.goto(f"{proxied}/worklist")
    assert answer and answer.headers["strict-transport-security"] == "max-age=31536000"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    choose_age_group(page)
    page.locator("input[type=file]").set_input_files(sample_paths()[:2])
    wait_until_scored(page)

    assert outside == []
    assert asked(f"{proxied}/_stcore/health") == 200
    assert asked(f"{proxied}/_stcore/health", Host="rebound.example") == 421
    assert asked(f"{proxied}/metrics") == 404
    # Refused by its announced length alone, before anything of it is sent.
    assert asked(f"{proxied}/_stcore/upload_file/a/b", **{"Content-Length": str(66 * 1024 * 1024)}) == 413


def asked(url: str, **headers: str) -> int:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with urlopen(Request(url, headers=headers), context=context, timeout=10) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


def free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]
