"""What an API server of Kubernetes does with Leases and Services: versions, conflicts, refusals.

No sockets. Each answer is a pair of HTTP status and object; an error's object is a Status. Only the
named Lease (get, update) and the named Service (get, patch) are granted, as by the chart's Role.
"""
import copy
import datetime
import re
import threading
import uuid

LEASES = "/apis/coordination.k8s.io/v1/namespaces/{}/leases"
SERVICES = "/api/v1/namespaces/{}/services"
REASONS = {400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound",
           409: "Conflict", 415: "UnsupportedMediaType", 422: "Invalid", 429: "TooManyRequests",
           500: "InternalError", 503: "ServiceUnavailable", 504: "Timeout"}
MICRO_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)")


class Refused(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def status(code, message):
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": message, "reason": REASONS.get(code, ""), "code": code}


def merge(old, patch):
    """RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(old) if isinstance(old, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


class ApiStore:
    def __init__(self, namespace="default", lease="redis", service="redis-master"):
        self.namespace, self.lease, self.service = namespace, lease, service
        self._mutex = threading.RLock()
        self._objects = {}
        self._version = 1000
        self.set_object(self._empty("Lease", "coordination.k8s.io/v1", lease, {}))
        self.set_object(self._empty("Service", "v1", service, {
            "type": "ClusterIP", "clusterIP": "10.96.0.7", "ports": [{"name": "redis",
                                                                    "port": 6379}]}))

    def _empty(self, kind, version, name, spec):
        return {"kind": kind, "apiVersion": version, "spec": spec,
                "metadata": {"name": name, "namespace": self.namespace}}

    # What a test does behind the agents' backs.

    def object(self, kind="Lease"):
        with self._mutex:
            return copy.deepcopy(self._objects.get(kind))

    def set_object(self, wanted):
        """By force: what is given, with a version of its own, and a uid if it has none."""
        with self._mutex:
            made = copy.deepcopy(wanted)
            made["metadata"].setdefault("uid", str(uuid.uuid4()))
            made["metadata"].setdefault("creationTimestamp", "2026-11-26T09:00:00Z")
            return self._keep(made)

    def delete_object(self, kind="Lease"):
        with self._mutex:
            return self._objects.pop(kind, None)

    # What clients ask.

    def answer(self, method, path, content_type, body, is_dry=False):
        with self._mutex:
            before = dict(self._objects)
            try:
                return 200, copy.deepcopy(self._carry_out(method, path, content_type, body))
            except Refused as refusal:
                return refusal.code, status(refusal.code, str(refusal))
            finally:
                if is_dry:
                    self._objects = before

    def _carry_out(self, method, path, content_type, body):
        kind = {LEASES.format(self.namespace) + "/" + self.lease: "Lease",
                SERVICES.format(self.namespace) + "/" + self.service: "Service"}.get(path)
        granted = {"Lease": ("GET", "PUT"), "Service": ("GET", "PATCH")}.get(kind, ())
        if method not in granted:
            raise Refused(403, f'{path} is forbidden: User "system:serviceaccount:'
                               f'{self.namespace}:redis-agent" cannot {method} it')
        if method == "PUT":
            return self._update(kind, body, content_type)
        if method == "PATCH":
            return self._patch(kind, body, content_type)
        if kind not in self._objects:
            raise Refused(404, f"{path} not found")
        return self._objects[kind]

    def _update(self, kind, wanted, content_type):
        if content_type != "application/json":
            raise Refused(415, f"the body of the request was in an unknown format: {content_type}")
        self._decode(kind, wanted)
        metadata = wanted["metadata"]
        version = metadata.get("resourceVersion", "")
        name = metadata.get("name")
        current = self._objects.get(kind)
        if current is None:
            if version in ("", "0"):
                raise Refused(403, f'"{name}" is forbidden: cannot create it')
            raise self._conflict(name)
        if name != current["metadata"]["name"]:
            raise Refused(400, f"the name of the object ({name}) does not match the name on the "
                               "URL")
        if metadata.get("uid", current["metadata"]["uid"]) != current["metadata"]["uid"]:
            raise self._conflict(name)
        if version in ("", "0"):
            raise Refused(422, f'"{name}" is invalid: metadata.resourceVersion: Invalid value: 0: '
                               "must be specified for an update")
        if version != current["metadata"]["resourceVersion"]:
            raise self._conflict(name)
        return self._replace(kind, current, wanted)

    def _patch(self, kind, patch, content_type):
        if content_type != "application/merge-patch+json":
            raise Refused(415, f"the body of the request was in an unknown format: {content_type}")
        if not isinstance(patch, dict):
            raise Refused(400, "the patch is no object")
        current = self._objects.get(kind)
        if current is None:
            raise Refused(404, f"{kind} not found")
        merged = merge(current, patch)
        if merged["metadata"].get("resourceVersion") != current["metadata"]["resourceVersion"]:
            raise self._conflict(current["metadata"]["name"])
        self._decode(kind, merged)
        return self._replace(kind, current, merged)

    def _replace(self, kind, current, wanted):
        """Keeps the version where nothing has changed: then nobody is told of it either."""
        made = copy.deepcopy(wanted)
        made["metadata"].pop("managedFields", None)
        for name in ("uid", "creationTimestamp", "namespace"):
            made["metadata"][name] = current["metadata"][name]
        made["metadata"]["resourceVersion"] = current["metadata"]["resourceVersion"]
        for optional in ("annotations", "labels"):
            if not made["metadata"].get(optional, True):
                del made["metadata"][optional]
        if kind == "Lease":
            self._validate_lease(made.get("spec") or {})
        return current if made == current else self._keep(made)

    def _keep(self, made):
        self._version += 1
        made["metadata"]["resourceVersion"] = str(self._version)
        self._objects[made["kind"]] = made
        return made

    @staticmethod
    def _conflict(name):
        return Refused(409, f'Operation cannot be fulfilled on "{name}": the object has been '
                            "modified; please apply your changes to the latest version and try "
                            "again")

    @staticmethod
    def _decode(kind, wanted):
        """What does not fit the type is a 400."""
        def check(fits, what):
            if not fits:
                raise Refused(400, f"{kind} in version v1 cannot be handled: {what}")
        check(isinstance(wanted, dict) and wanted.get("kind") == kind, "kind")
        metadata, spec = wanted.get("metadata"), wanted.get("spec") or {}
        check(isinstance(metadata, dict) and isinstance(spec, dict), "metadata or spec")
        check(isinstance(metadata.get("resourceVersion", ""), str), "resourceVersion")
        for texts in (metadata.get("annotations"), metadata.get("labels"), spec.get("selector")):
            check(all(isinstance(value, str) for value in (texts or {}).values()), "no string")
        if kind != "Lease":
            return
        check(isinstance(spec.get("holderIdentity", ""), str), "holderIdentity")
        for name in ("leaseDurationSeconds", "leaseTransitions"):
            number = spec.get(name, 0)
            check(type(number) is int and abs(number) < 2 ** 31, name)
        for name in ("renewTime", "acquireTime"):
            text = spec.get(name)
            check(text is None or isinstance(text, str) and MICRO_TIME.fullmatch(text),
                  f'parsing time "{text}" of {name}')
            try:
                datetime.datetime.fromisoformat(text or "2026-11-26")
            except ValueError:
                check(False, f'parsing time "{text}" of {name}')

    @staticmethod
    def _validate_lease(spec):
        """What fits the type and is wrong all the same is a 422."""
        if spec.get("leaseDurationSeconds", 1) <= 0:
            raise Refused(422, "spec.leaseDurationSeconds: must be greater than 0")
        if spec.get("leaseTransitions", 0) < 0:
            raise Refused(422, "spec.leaseTransitions: must be greater than or equal to 0")
