"""Authorities of one's own and pods' certificates from them, made by openssl, to the second."""
import datetime
import os
import pathlib
import subprocess
import tempfile

BOTH_USAGES = "serverAuth,clientAuth"

_CONFIGURATION = """[req]
distinguished_name = name
[name]
[ca]
default_ca = here
[here]
dir = {folder}
database = {folder}/index
serial = {folder}/serial
new_certs_dir = {folder}
certificate = {folder}/ca.crt
private_key = {folder}/ca.key
default_md = sha256
policy = anything
unique_subject = no
[anything]
commonName = supplied
"""
_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def _utc(after):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=after)
    return moment.strftime("%Y%m%d%H%M%SZ")


class Authority:
    """A root of its own; `text` is its certificate."""

    def __init__(self, folder, name="cluster"):
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-", dir=folder))
        (self._folder / "index").write_text("")
        (self._folder / "serial").write_text("01\n")
        self._configuration = self._folder / "openssl.cnf"
        self._configuration.write_text(_CONFIGURATION.format(folder=self._folder))
        self._openssl("req", "-x509", *_NEW_KEY, "-days", 300, "-subj", f"/CN={name}",
                      "-addext", "basicConstraints=critical,CA:TRUE",
                      "-addext", "keyUsage=keyCertSign", "-addext", "subjectKeyIdentifier=hash",
                      "-keyout", self._folder / "ca.key", "-out", self._folder / "ca.crt")
        self.text = (self._folder / "ca.crt").read_bytes()

    def _openssl(self, *arguments):
        done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=False,
                              env={**os.environ, "OPENSSL_CONF": str(self._configuration)})
        if done.returncode != 0:
            raise RuntimeError(f"openssl {arguments[0]}: {done.stderr.decode(errors='replace')}")

    def issue(self, *names, usages=BOTH_USAGES, seconds=30 * 86400):
        """The files of a Secret: tls.crt, tls.key, ca.crt, for that many seconds from now."""
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            key, request, shown = (pathlib.Path(folder) / name for name in ("key", "csr", "crt"))
            self._openssl("req", *_NEW_KEY, "-subj", "/CN=redis", "-keyout", key, "-out", request)
            extensions = pathlib.Path(folder) / "extensions"
            extensions.write_text("subjectAltName=" + ",".join(f"DNS:{name}" for name in names) +
                                  f"\nextendedKeyUsage={usages}\nauthorityKeyIdentifier=keyid\n")
            self._openssl("ca", "-batch", "-notext", "-config", self._configuration,
                          "-startdate", _utc(-60), "-enddate", _utc(seconds),
                          "-extfile", extensions, "-in", request, "-out", shown)
            return {"tls.crt": shown.read_bytes(), "tls.key": key.read_bytes(),
                    "ca.crt": self.text}


class MountedSecret:
    """A folder as the kubelet fills it: links to ..data/, which is changed in one step."""

    def __init__(self, folder):
        self._folder = pathlib.Path(folder)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._versions = 0

    def put(self, files):
        """All at once, as the kubelet does it."""
        self._versions += 1
        version = self._folder / f"..{self._versions}"
        version.mkdir()
        for name, content in files.items():
            (version / name).write_bytes(content)
        fresh = self._folder / "..data_tmp"
        fresh.symlink_to(version.name)
        fresh.rename(self._folder / "..data")
        for name in files:
            link = self._folder / name
            if not link.is_symlink():
                link.symlink_to(f"..data/{name}")
