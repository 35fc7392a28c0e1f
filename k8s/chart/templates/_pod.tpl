{{/* The pods of one StatefulSet. Takes a dict: root, and config, the key of its redis.conf in the ConfigMap. */}}
{{- define "redis.pod" -}}
{{- $values := .root.Values -}}
{{ include "redis.podIdentity" .root }}
enableServiceLinks: false
{{- with include "redis.serviceAccount" .root }}
serviceAccountName: {{ . }}
{{- end }}
terminationGracePeriodSeconds: {{ $values.terminationGracePeriodSeconds }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- if $values.topologySpreadConstraints }}
topologySpreadConstraints: {{- toYaml $values.topologySpreadConstraints | nindent 2 }}
{{- else if $values.spreadOverNodes }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        app: {{ $values.name }}
{{- end }}
initContainers:
  - name: init
    args: [init]
    {{- include "redis.agentContainer" . | nindent 4 }}
    volumeMounts:
      - name: redis-conf
        mountPath: /run/redis-agent
      # An ACL file or an included one may lie there: what init cannot read it does not judge.
      - name: redis-data
        mountPath: /data
        readOnly: true
      {{- include "redis.agentMounts" . | nindent 6 }}
      {{- with $values.extraVolumeMounts }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
  {{- if include "redis.sidecarIsNative" .root }}
  - restartPolicy: Always
    {{- include "redis.sidecar" . | nindent 4 }}
  {{- end }}
containers:
  - name: redis
    image: {{ $values.image.repository }}:{{ $values.image.tag }}
    imagePullPolicy: {{ $values.image.pullPolicy }}
    command: [{{ $values.redis.command }}, /run/redis-agent/redis.conf]
    ports:
      - name: redis
        containerPort: 6379
      {{- if include "redis.isOn6380" .root }}
      - name: redis-tls
        containerPort: 6380
      {{- end }}
    # Answered by the agent, which is asked by number: a port's name is searched in this container only.
    startupProbe:
      httpGet:
        path: /startupz
        port: 9121
        {{- with include "redis.probeScheme" .root }}
        {{ . }}
        {{- end }}
      periodSeconds: 1
      timeoutSeconds: 2
      failureThreshold: {{ $values.probes.startupFailureThreshold }}
    livenessProbe:
      httpGet:
        path: /redis/livez
        port: 9121
        {{- with include "redis.probeScheme" .root }}
        {{ . }}
        {{- end }}
      periodSeconds: 10
      timeoutSeconds: 2
      failureThreshold: {{ $values.probes.livenessFailureThreshold }}
    {{- include "redis.preStop" . | nindent 4 }}
    resources: {{- toYaml $values.redis.resources | nindent 6 }}
    securityContext: {{- include "redis.restricted" . | nindent 6 }}
    volumeMounts:
      - name: redis-data
        mountPath: /data
      - name: redis-conf
        mountPath: /run/redis-agent
        {{- if not $values.tls.enabled }}
        readOnly: true
        {{- end }}
      - name: conf
        mountPath: /etc/redis
        readOnly: true
      {{- with $values.extraVolumeMounts }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
  {{- if not (include "redis.sidecarIsNative" .root) }}
  - {{- include "redis.sidecar" . | nindent 4 }}
    {{- include "redis.preStop" . | nindent 4 }}
  {{- end }}
  {{- with $values.extraContainers }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
volumes:
  - name: conf
    configMap:
      name: {{ $values.name }}
  # Holds the password: in memory, and gone with the pod.
  - name: redis-conf
    emptyDir:
      medium: Memory
      sizeLimit: 1Mi
  {{- if $values.auth.enabled }}
  {{- include "redis.passwordVolume" .root | nindent 2 }}
  {{- end }}
  {{- if $values.tls.enabled }}
  {{- include "redis.tlsVolume" .root | nindent 2 }}
  {{- end }}
  {{- if $values.web.existingSecret }}
  {{- include "redis.webVolume" .root | nindent 2 }}
  {{- end }}
  {{- if not $values.persistence.enabled }}
  - name: redis-data
    emptyDir: {}
  {{- end }}
  {{- if $values.failover.enabled }}
  {{- include "redis.apiAccess" . | nindent 2 }}
  {{- end }}
  {{- with $values.extraVolumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/* Who a pod is to the cluster and on its node; the pod of helm test too. */}}
{{- define "redis.podIdentity" -}}
automountServiceAccountToken: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: {{ .Values.userId }}
  runAsGroup: {{ .Values.userId }}
  fsGroup: {{ .Values.userId }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- end -}}

{{- define "redis.passwordVolume" -}}
- name: password
  {{- if .Values.auth.rotation.enabled }}
  # In two parts, of which one may be missing.
  projected:
    defaultMode: 0440
    sources:
      - secret:
          name: {{ include "redis.secret" . }}
          items:
            - key: {{ .Values.auth.secretKey }}
              path: password
            {{- with include "redis.peerPasswordItem" . }}
            {{- . | nindent 12 }}
            {{- end }}
      - secret:
          name: {{ include "redis.secret" . }}
          optional: true
          items:
            - key: {{ .Values.auth.rotation.alsoKey }}
              path: password-also
  {{- else }}
  secret:
    secretName: {{ include "redis.secret" . }}
    defaultMode: 0440
    items:
      - key: {{ .Values.auth.secretKey }}
        path: password
      {{- with include "redis.peerPasswordItem" . }}
      {{- . | nindent 6 }}
      {{- end }}
  {{- end }}
{{- end -}}

{{- define "redis.peerPasswordItem" -}}
{{- if .Values.auth.peer.username -}}
- key: {{ .Values.auth.peer.secretKey }}
  path: password-peer
{{- end -}}
{{- end -}}

{{- define "redis.tlsVolume" -}}
- name: tls
  secret:
    secretName: {{ include "redis.tlsSecret" . }}
    defaultMode: 0440
{{- end -}}

{{- define "redis.webVolume" -}}
- name: web
  secret:
    secretName: {{ .Values.web.existingSecret }}
    defaultMode: 0440
{{- end -}}

{{/* A kubelet that asks by HTTPS verifies nothing, and shows nothing. */}}
{{- define "redis.probeScheme" -}}
{{- if .Values.web.tls -}}
scheme: HTTPS
{{- end -}}
{{- end -}}

{{- define "redis.restricted" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* What init and the sidecar share. Settings are variables, so that `kubectl exec ... redis-agent status` has them too. */}}
{{- define "redis.agentContainer" -}}
{{- $values := .root.Values -}}
image: {{ include "redis.agentImage" .root }}
imagePullPolicy: {{ $values.agent.image.pullPolicy }}
env:
  - name: POD_NAME
    valueFrom:
      fieldRef:
        fieldPath: metadata.name
  - name: REDIS_AGENT_PRIMARY
    value: {{ include "redis.primaryPod" .root }}.{{ $values.name }}-headless
  - name: REDIS_AGENT_USER_CONFIG
    value: /etc/redis/{{ .config }}
  {{- if $values.auth.enabled }}
  - name: REDIS_AGENT_PASSWORD_FILE
    value: /etc/redis-secret/password
  {{- if $values.auth.rotation.enabled }}
  - name: REDIS_AGENT_PASSWORD_ROTATION
    value: "on"
  - name: REDIS_AGENT_PASSWORD_ALSO_FILE
    value: /etc/redis-secret/password-also
  - name: REDIS_AGENT_PASSWORD_OVERLAP
    value: {{ $values.auth.rotation.overlap | quote }}
  {{- end }}
  {{- if $values.auth.peer.username }}
  - name: REDIS_AGENT_PEER_USERNAME
    value: {{ $values.auth.peer.username | quote }}
  - name: REDIS_AGENT_PEER_PASSWORD_FILE
    value: /etc/redis-secret/password-peer
  {{- end }}
  {{- end }}
  {{- if $values.redis.maxmemoryPercent }}
  - name: REDIS_AGENT_MAXMEMORY_PERCENT
    value: {{ $values.redis.maxmemoryPercent | quote }}
  - name: REDIS_AGENT_MEMORY_LIMIT
    valueFrom:
      resourceFieldRef:
        containerName: redis
        resource: limits.memory
  {{- end }}
  {{- if not (hasKey $values.agent.settings "redis-version") }}
  {{- with include "redis.version" .root }}
  - name: REDIS_AGENT_REDIS_VERSION
    value: {{ . | quote }}
  {{- end }}
  {{- end }}
  {{- if not (hasKey $values.agent.settings "shutdown-timeout") }}
  # The rest of the grace period is for the RDB that is saved after it.
  - name: REDIS_AGENT_SHUTDOWN_TIMEOUT
    value: {{ printf "%ds" (div (int $values.terminationGracePeriodSeconds) 2) | quote }}
  {{- end }}
  {{- $settings := $values.agent.settings }}
  {{- if $values.failover.enabled }}
  {{- $settings = merge (dict) $settings (include "redis.failoverSettings" .root | fromYaml) }}
  - name: POD_UID
    valueFrom:
      fieldRef:
        fieldPath: metadata.uid
  {{- end }}
  {{- if $values.tls.enabled }}
  {{- $says := ternary (dict "tls-file" "/etc/redis/tls-mode") (dict "tls" "only") (eq (include "redis.isOn6380" .root) "true") }}
  {{- $settings = merge (dict) $settings $says }}
  {{- end }}
  {{- if $values.web.existingSecret }}
  {{- $settings = merge (dict) $settings (dict "web-config-file" "/etc/redis-web/web.yml" "web-login-file" "/etc/redis-web/login") }}
  {{- end }}
  {{- range $flag, $value := $settings }}
  - name: REDIS_AGENT_{{ $flag | upper | replace "-" "_" }}
    value: {{ include "redis.setting" (dict "flag" $flag "value" $value) | quote }}
  {{- end }}
resources: {{- toYaml $values.agent.resources | nindent 2 }}
securityContext: {{- include "redis.restricted" . | nindent 2 }}
{{- end -}}

{{/* YAML reads a bare on and off as true and false. */}}
{{- define "redis.setting" -}}
{{- if not (kindIs "bool" .value) -}}
{{- toString .value -}}
{{- else if eq .flag "failsafe" -}}
{{- ternary "all" "off" .value -}}
{{- else -}}
{{- ternary "on" "off" .value -}}
{{- end -}}
{{- end -}}

{{- define "redis.agentMounts" -}}
- name: conf
  mountPath: /etc/redis
  readOnly: true
{{- if .root.Values.auth.enabled }}
- name: password
  mountPath: /etc/redis-secret
  readOnly: true
{{- end }}
{{- if .root.Values.tls.enabled }}
- name: tls
  mountPath: /etc/redis-tls
  readOnly: true
{{- end }}
{{- end -}}

{{/* The agent answers when SIGTERM may come: a Redis before 7 waits for no replica by itself. */}}
{{- define "redis.preStop" -}}
lifecycle:
  preStop:
    httpGet:
      path: /prestop
      port: 9123
{{- end -}}

{{- define "redis.sidecar" -}}
name: agent
args: [sidecar]
{{ include "redis.agentContainer" . }}
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
    {{- with include "redis.probeScheme" .root }}
    {{ . }}
    {{- end }}
  periodSeconds: 1
  timeoutSeconds: 2
  failureThreshold: 2
livenessProbe:
  httpGet:
    path: /livez
    port: 9121
    {{- with include "redis.probeScheme" .root }}
    {{ . }}
    {{- end }}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
volumeMounts:
  # For redis-agent.json, a file of a few hundred bytes.
  - name: redis-data
    mountPath: /data
  {{- if .root.Values.tls.enabled }}
  # The warnings that init has left in redis.conf, Redis's socket, and the certificates that it reads.
  - name: redis-conf
    mountPath: /run/redis-agent
  {{- else if .root.Values.failover.enabled }}
  # The warnings that init has left in redis.conf; and until when the pod may serve by the lock.
  - name: redis-conf
    mountPath: /run/redis-agent
  {{- else if and .root.Values.auth.enabled .root.Values.auth.rotation.enabled }}
  # The redis.conf, in which the passwords are kept true.
  - name: redis-conf
    mountPath: /run/redis-agent
  {{- else }}
  # The warnings that init has left in redis.conf.
  - name: redis-conf
    mountPath: /run/redis-agent
    readOnly: true
  {{- end }}
  {{- if .root.Values.failover.enabled }}
  - name: api-access
    mountPath: /var/run/secrets/kubernetes.io/serviceaccount
    readOnly: true
  {{- end }}
  {{- if .root.Values.web.existingSecret }}
  - name: web
    mountPath: /etc/redis-web
    readOnly: true
  {{- end }}
  {{- include "redis.agentMounts" . | nindent 2 }}
{{- end -}}
