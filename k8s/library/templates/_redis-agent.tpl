{{/* What redis-agent adds to a pod, for a chart of your own: README.md of k8s/component has the whole. Each template takes
     your settings, a dict with the keys of k8s/article/settings.yaml; what you leave out is as in redis-agent.settings. */}}
{{- define "redis-agent.settings" -}}
primary: redis-0.redis
redis-port: "6379"
redis-version: "5.0"
server: redis-server
redis-conf: /etc/redis/redis.conf
conf-volume: conf
conf-folder: /etc/redis
data-volume: data
data-folder: /data
data-sub-path: ""
secret: redis-secret
secret-key: password
password-file: /etc/redis-agent-secret/password
image: localhost/redis-agent:0.1.0
native-sidecar: true
{{- end -}}

{{/* For the pod's initContainers, after yours. */}}
{{- define "redis-agent.initContainers" -}}
{{- $settings := include "redis-agent.settings" (dict) | fromYaml -}}
{{- range $key, $value := . }}{{ $_ := set $settings $key $value }}{{ end -}}
{{- include "redis-agent.init" $settings }}
{{- if get $settings "native-sidecar" }}
{{ include "redis-agent.sidecar" $settings }}
  restartPolicy: Always
{{- end }}
{{- end -}}

{{/* For the pod's containers, after Redis: the agent, where it is no native sidecar. */}}
{{- define "redis-agent.containers" -}}
{{- $settings := include "redis-agent.settings" (dict) | fromYaml -}}
{{- range $key, $value := . }}{{ $_ := set $settings $key $value }}{{ end -}}
{{- if not (get $settings "native-sidecar") }}
{{- include "redis-agent.sidecar" $settings }}
  lifecycle:
    preStop:
      httpGet:
        path: /prestop
        port: 9123
{{- end }}
{{- end -}}

{{/* For Redis's container: its command, probes and preStop hook. */}}
{{- define "redis-agent.redis" -}}
{{- $settings := include "redis-agent.settings" (dict) | fromYaml -}}
{{- range $key, $value := . }}{{ $_ := set $settings $key $value }}{{ end -}}
command: [{{ get $settings "server" | quote }}]
args: [/run/redis-agent/redis.conf]
startupProbe:
  httpGet:
    path: /startupz
    port: 9121
  periodSeconds: 1
  timeoutSeconds: 2
  failureThreshold: 300
livenessProbe:
  httpGet:
    path: /redis/livez
    port: 9121
  periodSeconds: 10
  timeoutSeconds: 2
  failureThreshold: 36
lifecycle:
  preStop:
    httpGet:
      path: /prestop
      port: 9123
{{- end -}}

{{/* For its volumeMounts. */}}
{{- define "redis-agent.volumeMounts" -}}
- name: redis-agent
  mountPath: /run/redis-agent
  readOnly: true
{{- end -}}

{{/* For the pod's volumes. */}}
{{- define "redis-agent.volumes" -}}
{{- $settings := include "redis-agent.settings" (dict) | fromYaml -}}
{{- range $key, $value := . }}{{ $_ := set $settings $key $value }}{{ end -}}
{{- with $settings }}
# Holds the password: in memory, and gone with the pod.
- name: redis-agent
  emptyDir:
    medium: Memory
    sizeLimit: 1Mi
- name: redis-agent-password
  secret:
    secretName: {{ get . "secret" | quote }}
    defaultMode: 0440
    optional: true
    items:
      - key: {{ get . "secret-key" | quote }}
        path: password
{{- end }}
{{- end -}}

{{- define "redis-agent.init" -}}
- name: agent-init
  args: [init]
  image: {{ get . "image" }}
  imagePullPolicy: IfNotPresent
  env:
    - name: POD_NAME
      valueFrom:
        fieldRef:
          fieldPath: metadata.name
    - name: REDIS_AGENT_PRIMARY
      value: {{ get . "primary" | quote }}
    - name: REDIS_AGENT_REDIS_PORT
      value: {{ get . "redis-port" | quote }}
    - name: REDIS_AGENT_REDIS_VERSION
      value: {{ get . "redis-version" | quote }}
    - name: REDIS_AGENT_USER_CONFIG
      value: {{ get . "redis-conf" | quote }}
    - name: REDIS_AGENT_DATA_DIR
      value: {{ get . "data-folder" | quote }}
    - name: REDIS_AGENT_PASSWORD_FILE
      value: {{ get . "password-file" | quote }}
  resources:
    limits:
      memory: 64Mi
    requests:
      cpu: 10m
      memory: 16Mi
  securityContext:
    allowPrivilegeEscalation: false
    readOnlyRootFilesystem: true
    capabilities:
      drop: [ALL]
  volumeMounts:
    - name: redis-agent
      mountPath: /run/redis-agent
    # An ACL file or an included one may lie there: what init cannot read it does not judge.
    - name: {{ get . "data-volume" | quote }}
      mountPath: {{ get . "data-folder" | quote }}
      subPathExpr: {{ get . "data-sub-path" | quote }}
      readOnly: true
    - name: {{ get . "conf-volume" | quote }}
      mountPath: {{ get . "conf-folder" | quote }}
      readOnly: true
    - name: redis-agent-password
      mountPath: /etc/redis-agent-secret
      readOnly: true
{{- end -}}

{{- define "redis-agent.sidecar" -}}
- name: agent
  args: [sidecar]
  image: {{ get . "image" }}
  imagePullPolicy: IfNotPresent
  env:
    - name: POD_NAME
      valueFrom:
        fieldRef:
          fieldPath: metadata.name
    - name: REDIS_AGENT_PRIMARY
      value: {{ get . "primary" | quote }}
    - name: REDIS_AGENT_REDIS_PORT
      value: {{ get . "redis-port" | quote }}
    - name: REDIS_AGENT_REDIS_VERSION
      value: {{ get . "redis-version" | quote }}
    - name: REDIS_AGENT_DATA_DIR
      value: {{ get . "data-folder" | quote }}
    - name: REDIS_AGENT_PASSWORD_FILE
      value: {{ get . "password-file" | quote }}
  resources:
    limits:
      memory: 64Mi
    requests:
      cpu: 10m
      memory: 16Mi
  securityContext:
    allowPrivilegeEscalation: false
    readOnlyRootFilesystem: true
    capabilities:
      drop: [ALL]
  ports:
    - name: metrics
      containerPort: 9121
    # A Redis that the primary copies from is held here meanwhile.
    - name: anchor
      containerPort: 9122
    # For the kubelet alone: no NetworkPolicy has to let anybody else in.
    - name: prestop
      containerPort: 9123
  readinessProbe:
    httpGet:
      path: /readyz
      port: 9121
    periodSeconds: 1
    timeoutSeconds: 2
    failureThreshold: 2
  livenessProbe:
    httpGet:
      path: /livez
      port: 9121
    periodSeconds: 10
    timeoutSeconds: 5
    failureThreshold: 6
  volumeMounts:
    # For redis-agent.json, a file of a few hundred bytes.
    - name: {{ get . "data-volume" | quote }}
      mountPath: {{ get . "data-folder" | quote }}
      subPathExpr: {{ get . "data-sub-path" | quote }}
    # The warnings that init has left in redis.conf.
    - name: redis-agent
      mountPath: /run/redis-agent
      readOnly: true
    - name: redis-agent-password
      mountPath: /etc/redis-agent-secret
      readOnly: true
{{- end -}}
