{{/* Labels by which a component's pods are found: (dict "root" $ "component" "keystore"). */}}
{{- define "rekey.selector" -}}
app.kubernetes.io/name: rekey
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "rekey.labels" -}}
{{ include "rekey.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "rekey.fullname" -}}
{{ printf "%s-%s" .root.Release.Name .component | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Of the pod: nobody is root, and no token of the cluster's API is lying about. */}}
{{- define "rekey.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: 40
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "rekey.selector" . | nindent 8 }}
{{- end }}

{{/* Of the container: (dict "root" $ "component" … "java" (list "-X…") "main" "org.rekey…"). */}}
{{- define "rekey.container" -}}
image: {{ printf "%s:%s" .root.Values.image.repository (.root.Values.image.tag | default .root.Chart.AppVersion) | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
args: [{{ range .java }}{{ . | quote }}, {{ end }}{{ .main }}]
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
startupProbe:
  httpGet: {path: /readyz, port: management}
  periodSeconds: 2
  failureThreshold: 60
livenessProbe:
  httpGet: {path: /healthz, port: management}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: {path: /readyz, port: management}
  periodSeconds: 3
  timeoutSeconds: 2
resources: {{- toYaml (index .root.Values .component "resources") | nindent 2 }}
{{- end }}

{{/* Variables that every service has, with its prefix. */}}
{{- define "rekey.env" -}}
{{- $prefix := upper .component -}}
- {name: {{ $prefix }}_MANAGEMENT_LISTEN, value: "0.0.0.0:9900"}
- {name: {{ $prefix }}_TLS_CERTIFICATE, value: /run/rekey/tls/tls.crt}
- {name: {{ $prefix }}_TLS_KEY, value: /run/rekey/tls/tls.key}
- {name: {{ $prefix }}_TLS_CA, value: /run/rekey/tls/ca.crt}
{{- range $name, $value := index .root.Values .component "env" }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}

{{/* Variables of those with a database. */}}
{{- define "rekey.data-env" -}}
{{- $prefix := upper .component -}}
- {name: {{ $prefix }}_LISTEN, value: "0.0.0.0:9443"}
- name: {{ $prefix }}_DATABASE_URL
  value: {{ printf "jdbc:postgresql://%s:%v/%s" .root.Values.database.host .root.Values.database.port .root.Values.database.name | quote }}
- {name: {{ $prefix }}_DATABASE_USER, value: {{ .component }}}
- {name: {{ $prefix }}_DATABASE_PASSWORD_FILE, value: /run/rekey/database/password}
- {name: {{ $prefix }}_KAFKA_BOOTSTRAP_SERVERS, value: {{ .root.Values.kafka.bootstrapServers | quote }}}
{{- if .root.Values.kafka.clientConfigSecret }}
- {name: {{ $prefix }}_KAFKA_CONFIG, value: /run/rekey/kafka/client.properties}
{{- end }}
{{- end }}

{{- define "rekey.mounts" -}}
- {name: tmp, mountPath: /tmp}
- {name: tls, mountPath: /run/rekey/tls, readOnly: true}
{{- end }}

{{- define "rekey.data-mounts" -}}
- {name: database, mountPath: /run/rekey/database, readOnly: true}
{{- if .root.Values.kafka.clientConfigSecret }}
- {name: kafka, mountPath: /run/rekey/kafka, readOnly: true}
{{- end }}
{{- end }}

{{/* Native libraries are unpacked in /tmp before they are loaded. */}}
{{- define "rekey.volumes" -}}
- name: tmp
  emptyDir: {medium: Memory, sizeLimit: 64Mi}
- name: tls
  secret: {secretName: {{ index .root.Values.tls .component }}, defaultMode: 0440}
{{- end }}

{{- define "rekey.data-volumes" -}}
- name: database
  secret:
    secretName: {{ .root.Values.database.passwordSecret }}
    defaultMode: 0440
    items: [{key: {{ .component }}, path: password}]
{{- if .root.Values.kafka.clientConfigSecret }}
- name: kafka
  secret: {secretName: {{ .root.Values.kafka.clientConfigSecret }}, defaultMode: 0440}
{{- end }}
{{- end }}
