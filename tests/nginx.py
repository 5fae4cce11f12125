"""nginx with the example configuration that we ship, or what a test made of it."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from waiting import output_of, running
from wanting import missing

EXAMPLE = Path(__file__).resolve().parents[1] / "deploy" / "nginx" / "cxr.conf"
PROGRAM = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin")
MAIN = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{}}
http {{
    access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    include {folder}/cxr.conf;
}}
"""


@contextmanager
def running_nginx(folder: Path, servers: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Run nginx with these servers, after it has checked them."""
    if PROGRAM is None:
        missing("no nginx on this machine (Debian: apt-get install nginx-light)")
    (folder / "cxr.conf").write_text(servers)
    main = folder / "nginx.conf"
    main.write_text(MAIN.format(folder=folder))
    nginx = [PROGRAM, "-p", folder, "-c", main, "-e", folder / "nginx.log"]
    output_of(*nginx, "-t")
    with running(*nginx) as process:
        yield process
