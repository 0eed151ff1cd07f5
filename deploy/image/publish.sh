#!/bin/sh
# Pushes the image and the chart that `make image` and deploy/helm hold to an OCI registry:
#
#   REGISTRY=registry.example/team TAG=v1.2.3 [REGISTRY_USER=… REGISTRY_PASSWORD=…] publish.sh
#
# Wants podman and helm. The image is the one that was checked; a tag v1.2.3 is the version 1.2.3.
# REGISTRY_TLS=false is for a registry without TLS on this machine.
set -eu
: "${REGISTRY:?where to: host and folder}" "${TAG:?the version, such as v1.2.3}"
version=${TAG#v}
tls=${REGISTRY_TLS:-true}
cd "$(dirname "$0")/../.."

# Of a broken pair nothing is pushed.
charts=$(mktemp -d)
trap 'rm -r "$charts"' EXIT
helm package deploy/helm/homelens --version "$version" --app-version "$version" \
  --destination "$charts"

if [ -n "${REGISTRY_USER:-}" ]; then
  printf %s "$REGISTRY_PASSWORD" \
    | podman login --username "$REGISTRY_USER" --password-stdin "${REGISTRY%%/*}"
  printf %s "$REGISTRY_PASSWORD" \
    | helm registry login --username "$REGISTRY_USER" --password-stdin "${REGISTRY%%/*}"
fi
podman push --tls-verify="$tls" localhost/homelens "docker://$REGISTRY/homelens:$version"
plain=$([ "$tls" = true ] || echo --plain-http)
# shellcheck disable=SC2086  # no option at all where there is none
helm push "$charts/homelens-$version.tgz" "oci://$REGISTRY/charts" $plain
