"""Debian's Orthanc as a PACS: started for a test in a folder of its own, asked by REST and DICOMweb."""

import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from peers import LOCALHOST, US, free_port
from pydicom import dcmread
from pydicom.dataset import Dataset
from waiting import until
from wanting import missing

from cxr.pacs.tls import TlsFiles

PROGRAM = Path("/usr/sbin/Orthanc")
DICOM_WEB = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
TITLE = "ORTHANC"
SECONDS = 30


class Orthanc:
    """An Orthanc that can be stopped and started again with what it holds.

    Parameters
    ----------
    folder
        Where its database, its files and its configuration lie.
    tls
        Its certificate, and who signed ours: DICOM is then encrypted.
    """

    def __init__(self, folder: Path, tls: TlsFiles | None = None) -> None:
        for needed in (PROGRAM, DICOM_WEB):
            if not needed.exists():
                missing("no Orthanc: install Debian's packages (apt-get install orthanc orthanc-dicomweb)")
        self.port = free_port()
        while (http_port := free_port()) == self.port:
            pass
        self.http_port = http_port
        self._folder = folder
        self._tls = tls
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "storage").mkdir(parents=True)

    def start(self, our_port: int = 1) -> None:
        """Start it, knowing us at a port, and wait until it answers."""
        configuration = {
            "Name": "test",
            "StorageDirectory": str(self._folder / "storage"),
            "IndexDirectory": str(self._folder / "storage"),
            "HttpPort": self.http_port,
            "DicomPort": self.port,
            "DicomAet": TITLE,
            "DicomCheckCalledAet": True,
            "DicomAlwaysAllowStore": False,
            "DicomModalities": {"cxr": [US, LOCALHOST, our_port]},
            "RemoteAccessAllowed": False,
            "AuthenticationEnabled": False,
            "Plugins": [str(DICOM_WEB)],
            **(self._encrypted(self._tls, our_port) if self._tls else {}),
        }
        path = self._folder / "orthanc.json"
        path.write_text(json.dumps(configuration))
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen([PROGRAM, path], stdout=log, stderr=log, env=_without_proxies())
        until(self._answers, "an answer of Orthanc")

    def _answers(self) -> bool:
        assert self._process and self._process.poll() is None, (self._folder / "log").read_text()
        try:
            return bool(self.get("/system"))
        except OSError:  # refused, reset or late
            return False

    @staticmethod
    def _encrypted(tls: TlsFiles, our_port: int) -> dict[str, Any]:
        us = {"AET": US, "Host": LOCALHOST, "Port": our_port, "UseDicomTls": True}
        return {
            "DicomTlsEnabled": True,
            "DicomTlsCertificate": str(tls.certificate),
            "DicomTlsPrivateKey": str(tls.key),
            "DicomTlsTrustedCertificates": str(tls.authorities),
            "DicomModalities": {"cxr": us},
        }

    def stop(self) -> None:
        """Stop it."""
        if self._process:
            self._process.terminate()
            self._process.wait(SECONDS)
            self._process = None

    def get(self, path: str) -> Any:
        """Ask for something that is told in JSON."""
        return json.loads(self._ask(path))

    def keep(self, content: bytes) -> str:
        """Hand a DICOM file in, and return Orthanc's own number of it."""
        number: str = json.loads(self._ask("/instances", content))["ID"]
        return number

    def send(self, numbers: Sequence[str]) -> None:
        """Have it send what it holds to us by C-STORE, in one association; an error where one is refused."""
        order = {"Resources": list(numbers), "Synchronous": True, "Timeout": SECONDS}
        done = json.loads(self._ask("/modalities/cxr/store", json.dumps(order).encode()))
        assert done["FailedInstancesCount"] == 0, done

    def call(self, port: int) -> None:
        """Send to us at another port from now on."""
        us = {"AET": US, "Host": LOCALHOST, "Port": port}
        self._ask("/modalities/cxr", json.dumps(us).encode(), method="PUT")

    def empty(self) -> None:
        """Delete everything that it holds."""
        for number in self.get("/instances"):
            self._ask(f"/instances/{number}", method="DELETE")

    def files(self) -> list[bytes]:
        """All files that it holds."""
        return [self._ask(f"/instances/{number}/file") for number in self.get("/instances")]

    def instances(self, study: str) -> dict[str, str]:
        """SOP classes of all instances of a study by their UIDs, as DICOMweb tells them."""
        found = json.loads(self._ask(f"/dicom-web/studies/{study}/instances") or "[]")
        return {one["00080018"]["Value"][0]: one["00080016"]["Value"][0] for one in found}

    def read(self, instance: str) -> Dataset:
        """The file of an instance."""
        [number] = json.loads(self._ask("/tools/lookup", instance.encode()))
        return dcmread(BytesIO(self._ask(number["Path"] + "/file")))

    def _ask(self, path: str, content: bytes | None = None, method: str | None = None) -> bytes:
        request = urllib.request.Request(f"http://{LOCALHOST}:{self.http_port}{path}", content, method=method)
        with _DIRECT.open(request, timeout=SECONDS) as answer:
            read: bytes = answer.read()
            return read


_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _without_proxies() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


@contextmanager
def orthanc(folder: Path, tls: TlsFiles | None = None) -> Iterator[Orthanc]:
    """An Orthanc that is not started yet, and is stopped in the end."""
    one = Orthanc(folder, tls)
    try:
        yield one
    finally:
        one.stop()
