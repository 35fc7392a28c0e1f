{{/* The names that depend on the topology. The name is the values', not the release's: pods find their primary by it. */}}
{{- define "redis.isSplit" -}}
{{- if eq .Values.topology "split" }}true{{ end -}}
{{- end -}}

{{- define "redis.primaryPod" -}}
{{- .Values.name }}{{ if include "redis.isSplit" . }}-master{{ end }}-0
{{- end -}}

{{- define "redis.secret" -}}
{{- .Values.auth.existingSecret | default (printf "%s-secret" .Values.name) -}}
{{- end -}}

{{- define "redis.tlsSecret" -}}
{{- .Values.tls.existingSecret | default (printf "%s-tls" .Values.name) -}}
{{- end -}}

{{/* TLS and nothing else. */}}
{{- define "redis.speaksTlsOnly" -}}
{{- if and .Values.tls.enabled (eq .Values.tls.mode "only") }}true{{ end -}}
{{- end -}}

{{/* Where clients find what they speak: plain or TLS on 6379, TLS on 6380. With 6380 the mode may change without a restart. */}}
{{- define "redis.isOn6379" -}}
{{- if not (and (include "redis.speaksTlsOnly" .) (eq (int .Values.tls.port) 6380)) }}true{{ end -}}
{{- end -}}

{{- define "redis.isOn6380" -}}
{{- if and .Values.tls.enabled (or (ne .Values.tls.mode "only") (eq (int .Values.tls.port) 6380)) }}true{{ end -}}
{{- end -}}

{{- define "redis.lease" -}}
{{- .Values.failover.leaseName | default .Values.name -}}
{{- end -}}

{{- define "redis.serviceAccount" -}}
{{- if .Values.serviceAccountName -}}
{{- .Values.serviceAccountName -}}
{{- else if .Values.failover.enabled -}}
{{- .Values.name -}}
{{- end -}}
{{- end -}}

{{/* Where the primary moves, the read Service without its pod would have to change its selector with it. */}}
{{- define "redis.replicaIncludesPrimary" -}}
{{- $choice := toString .Values.services.replicaIncludesPrimary -}}
{{- if not (include "redis.isSplit" .) -}}
{{- if eq $choice "false" }}{{ fail "services.replicaIncludesPrimary: with topology single no label tells the primary's pod from the others; expected auto or true" }}{{ end -}}
true
{{- else if eq $choice "auto" -}}
{{- if .Values.failover.enabled }}true{{ end -}}
{{- else if eq $choice "true" }}true{{ end -}}
{{- end -}}

{{- define "redis.labels" -}}
app: {{ .Values.name }}
app.kubernetes.io/name: {{ .Values.name }}
{{- end -}}

{{- define "redis.agentImage" -}}
{{ .Values.agent.image.repository }}:{{ .Values.agent.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{/* What the server's tag begins with, if that is a version of Redis or Valkey; of `latest` nothing is known. */}}
{{- define "redis.version" -}}
{{- $version := regexFind "^([5-9]|1[0-9])([.][0-9]+){0,2}([-_@]|$)" .Values.image.tag | trimAll "-_@" -}}
{{- if $version -}}
{{- if contains "valkey" (base .Values.image.repository) }}valkey-{{ end }}{{ $version -}}
{{- end -}}
{{- end -}}

{{/* Clusters before 1.29 start a native sidecar as an init container that never ends, and no Redis. */}}
{{- define "redis.sidecarIsNative" -}}
{{- $choice := toString .Values.agent.nativeSidecar -}}
{{- if eq $choice "auto" -}}
{{- if semverCompare ">=1.29.0-0" .Capabilities.KubeVersion.Version }}true{{ end -}}
{{- else if eq $choice "true" }}true{{ end -}}
{{- end -}}
