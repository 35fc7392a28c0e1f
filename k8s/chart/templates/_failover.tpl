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
