{{/* The agent's settings of failover, by the names of their flags. */}}
{{- define "redis.failoverSettings" -}}
{{- with .Values.failover -}}
failover: lease
lease: {{ include "redis.lease" $ }}
write-service: {{ $.Values.name }}-master
lock-renewal: {{ .renewal }}
lock-fence: {{ .fence }}
lock-duration: {{ .duration }}
candidate-wait: {{ .candidateWait }}
failover-prefer: {{ .prefer }}
max-lag-on-failover: {{ .maxLag }}
failover-after: {{ .after }}
failsafe: {{ .failsafe }}
after-divergence: {{ .afterDivergence }}
keep-lost-max: {{ .keepLostMax }}
failover-min-replicas: {{ .minReplicas | quote }}
{{- end -}}
{{- end -}}

{{/* What a pod with a mounted token has, for the agent alone. */}}
{{- define "redis.apiAccess" -}}
- name: api-access
  projected:
    defaultMode: 0440
    sources:
      - serviceAccountToken:
          path: token
          expirationSeconds: 3600
      - configMap:
          name: kube-root-ca.crt
          items:
            - key: ca.crt
              path: ca.crt
      - downwardAPI:
          items:
            - path: namespace
              fieldRef:
                fieldPath: metadata.namespace
{{- end -}}

{{/* The Lease in the cluster as JSON, {} without one. Who has never switched failover on needs no right to look at it: the Service tells. */}}
{{- define "redis.presentLease" -}}
{{- $lease := dict -}}
{{- $service := lookup "v1" "Service" .Release.Namespace (printf "%s-master" .Values.name) | default dict -}}
{{- if hasKey (dig "metadata" "annotations" dict $service) "redis-agent.io/term" -}}
{{- $lease = lookup "coordination.k8s.io/v1" "Lease" .Release.Namespace (include "redis.lease" .) | default dict -}}
{{- end -}}
{{- toJson $lease -}}
{{- end -}}

{{/* Switched off, pods that have not been restarted yet go on by the lock: it stays until somebody deletes it. */}}
{{- define "redis.hasLock" -}}
{{- $choice := toString .Values.failover.objects -}}
{{- if or .Values.failover.enabled (eq $choice "true") -}}
true
{{- else if and (eq $choice "auto") (include "redis.presentLease" . | fromJson) -}}
true
{{- end -}}
{{- end -}}

{{/* Refuses to switch failover on or off where pods would wait for each other. */}}
{{- define "redis.checkSwitch" -}}
{{- $lock := dig "spec" dict (include "redis.presentLease" . | fromJson) -}}
{{- $holder := get $lock "holderIdentity" | splitList "/" | first -}}
{{- $set := lookup "apps/v1" "StatefulSet" .Release.Namespace (trimSuffix "-0" (include "redis.primaryPod" .)) | default dict -}}
{{- $hadLock := contains "REDIS_AGENT_FAILOVER" (dig "spec" "template" "spec" dict $set | toJson) -}}
{{- if and (hasKey $lock "renewTime") $set -}}
{{- if and .Values.failover.enabled (not $hadLock) -}}
{{- fail (printf "failover.enabled: the Lease %s is left from an earlier time; once all pods are ready, delete it: kubectl -n %s delete lease %s" (include "redis.lease" .) .Release.Namespace (include "redis.lease" .)) -}}
{{- else if and (not .Values.failover.enabled) $hadLock $holder (ne $holder (include "redis.primaryPod" .)) -}}
{{- fail (printf "failover.enabled: the primary is %s, and without failover it is %s; move it first: kubectl -n %s exec %s -c agent -- redis-agent switchover --to %s" $holder (include "redis.primaryPod" .) .Release.Namespace $holder (include "redis.primaryPod" .)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
