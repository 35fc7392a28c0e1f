"""A certificate authority of one's own, and a server's certificate from it, made by openssl."""
import ipaddress
import os
import pathlib
import subprocess


def _openssl(folder, *arguments):
    configuration = folder / "openssl.cnf"  # the machine's own is not to be seen in a pod
    configuration.write_text("[req]\ndistinguished_name = name\n[name]\n", encoding="ascii")
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=False,
                          env={**os.environ, "OPENSSL_CONF": str(configuration)})
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stderr.decode(errors='replace')}")


def _alternative(name):
    try:
        return f"IP:{ipaddress.ip_address(name)}"
    except ValueError:
        return f"DNS:{name}"


def make_certificates(folder, names):
    """Writes ca.crt, server.crt and server.key; `names` are the server's names and addresses."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    _openssl(folder, "req", "-x509", *new_key, "-days", 30, "-subj", "/CN=kubernetes",
             "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=keyCertSign",
             "-keyout", folder / "ca.key", "-out", folder / "ca.crt")
    _openssl(folder, "req", *new_key, "-subj", "/CN=kube-apiserver",
             "-keyout", folder / "server.key", "-out", folder / "server.csr")
    extensions = folder / "server.ext"
    extensions.write_text("subjectAltName=" + ",".join(map(_alternative, names)) +
                          "\nextendedKeyUsage=serverAuth\n", encoding="ascii")
    _openssl(folder, "x509", "-req", "-in", folder / "server.csr", "-days", 30, "-CAcreateserial",
             "-CA", folder / "ca.crt", "-CAkey", folder / "ca.key", "-extfile", extensions,
             "-out", folder / "server.crt")
