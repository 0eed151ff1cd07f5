{{- define "homelens.name" -}}
{{- if contains "homelens" .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-homelens" .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "homelens.selector" -}}
app.kubernetes.io/name: homelens
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "homelens.labels" -}}
{{ include "homelens.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end -}}

{{- define "homelens.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{ .Values.serviceAccount.name | default (include "homelens.name" .) }}
{{- else -}}
{{ .Values.serviceAccount.name | default "default" }}
{{- end -}}
{{- end -}}

{{- define "homelens.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* A number as people write it: Helm reads 400000000 as 4e+08. */}}
{{- define "homelens.scalar" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) -}}{{ printf "%.0f" . }}{{- else -}}{{ toString . }}{{- end -}}
{{- end -}}

{{/* The ConfigMap's content: what is no secret. */}}
{{- define "homelens.config" -}}
HOMELENS_HOST: "0.0.0.0"
HOMELENS_PORT: "8000"
HOMELENS_STATE: /state
{{- with .Values.store.url }}
HOMELENS_STORE_URL: {{ . | quote }}
{{- end }}
{{- with .Values.store.region }}
AWS_REGION: {{ . | quote }}
{{- end }}
{{- with .Values.store.endpoint }}
AWS_ENDPOINT_URL: {{ . | quote }}
{{- end }}
{{- if and .Values.sweep.enabled (not (hasKey .Values.settings "HOMELENS_SWEEP_MINUTES")) }}
HOMELENS_SWEEP_MINUTES: "1440"
{{- end }}
{{- range $name, $value := .Values.settings }}
{{ $name }}: {{ include "homelens.scalar" $value | quote }}
{{- end }}
{{- if .Values.otel.endpoint }}
OTEL_EXPORTER_OTLP_ENDPOINT: {{ .Values.otel.endpoint | quote }}
OTEL_SERVICE_NAME: {{ include "homelens.name" . }}
OTEL_TRACES_SAMPLER: parentbased_traceidratio
OTEL_TRACES_SAMPLER_ARG: {{ toString .Values.otel.sampleShare | quote }}
{{- end }}
{{- end -}}

{{/* Variables that come from Secrets, by reference. */}}
{{- define "homelens.secrets" -}}
{{- with .Values.database }}
{{- if .existingSecret }}
- name: HOMELENS_DATABASE_URL
  valueFrom: {secretKeyRef: {name: {{ .existingSecret }}, key: {{ .key }}}}
{{- end }}
{{- end }}
{{- with .Values.store.existingSecret }}
- name: AWS_ACCESS_KEY_ID
  valueFrom: {secretKeyRef: {name: {{ . }}, key: AWS_ACCESS_KEY_ID}}
- name: AWS_SECRET_ACCESS_KEY
  valueFrom: {secretKeyRef: {name: {{ . }}, key: AWS_SECRET_ACCESS_KEY}}
{{- end }}
{{- if and .Values.otel.endpoint .Values.otel.headersSecret }}
- name: OTEL_EXPORTER_OTLP_HEADERS
  valueFrom: {secretKeyRef: {name: {{ .Values.otel.headersSecret }}, key: {{ .Values.otel.headersKey }}}}
{{- end }}
{{- end -}}

{{- define "homelens.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "homelens.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* A container of the image: (dict "root" $ "name" … "args" (list …) "config" … "resources" …) */}}
{{- define "homelens.container" -}}
name: {{ .name }}
image: {{ include "homelens.image" .root | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
args: {{ toJson .args }}
envFrom:
  - configMapRef: {name: {{ .config }}}
{{- with include "homelens.secrets" .root | trim }}
env:
  {{- . | nindent 2 }}
{{- end }}
securityContext:
  {{- include "homelens.containerSecurity" .root | nindent 2 }}
resources:
  {{- toYaml .resources | nindent 2 }}
volumeMounts:
  - {name: state, mountPath: /state}
  - {name: tmp, mountPath: /tmp}
  {{- if .withKey }}
  - {name: key, mountPath: /run/homelens, readOnly: true}
  {{- end }}
  {{- with .root.Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/* What every pod has beside its containers. */}}
{{- define "homelens.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  {{- include "homelens.podSecurity" . | nindent 2 }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Volumes of a pod that keeps nothing. */}}
{{- define "homelens.scratch" -}}
- name: state
  emptyDir: {sizeLimit: 256Mi}
- name: tmp
  emptyDir: {sizeLimit: 256Mi}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "homelens.keyVolume" -}}
- name: key
  secret:
    secretName: {{ .Values.auth.existingSecret }}
    items: [{key: {{ .Values.auth.key }}, path: key}]
{{- end -}}

{{- define "homelens.keyArgs" -}}
{{- list "keys" "create" .Values.auth.name "--scope" .Values.auth.scope "--secret-file" "/run/homelens/key" | toJson -}}
{{- end -}}
