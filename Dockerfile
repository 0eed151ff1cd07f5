# The service with its models and pages inside: no training stack, no compiler, no pip, not root.
#
#   deploy/image/check.sh            builds it, runs it, measures it (docs/image.md)
#   docker build --tag homelens .    or buildah bud --format docker --tag homelens .
#
# Where packages come from is no part of it: each RUN that installs takes pip's and npm's
# configuration and a bundle of certificates as the secrets pip, npm and ca, if they are given.
ARG BASE=docker.io/library/debian:12-slim

FROM ${BASE} AS build
RUN apt-get update \
 && apt-get install --yes --no-install-recommends binutils ca-certificates media-types netbase python3-venv tzdata
WORKDIR /src

# What Python needs of Debian: the image's root, without shell and package manager.
FROM build AS system
COPY deploy/image/system.sh ./
RUN ./system.sh /root-of-image && install --directory --mode 0750 /state

FROM build AS pages
COPY serving/web serving/web
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    --mount=type=secret,id=npm,target=/root/.npmrc \
    --mount=type=secret,id=ca,target=/etc/build-ca.crt \
    python3 -m venv /node && serving/web/build.sh /node/bin/python

FROM build AS installed
RUN python3 -m venv /opt/homelens
# Dependencies in a layer of their own, which a change of code leaves as it is.
COPY pyproject.toml deploy/image/requirements.py ./
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    --mount=type=secret,id=ca,target=/etc/build-ca.crt \
    python3 requirements.py pyproject.toml otel > /requirements.txt \
 && /opt/homelens/bin/pip install --no-cache-dir --no-compile --only-binary :all: \
    --requirement /requirements.txt
COPY . .
COPY --from=pages /src/serving/web/dist serving/web/dist
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    --mount=type=secret,id=ca,target=/etc/build-ca.crt \
    /opt/homelens/bin/pip install --no-cache-dir --no-compile --no-deps . \
 && deploy/image/slim.sh /opt/homelens

FROM scratch
COPY --from=system /root-of-image /
COPY --from=installed /opt/homelens /opt/homelens
COPY deploy/image/health.py /opt/homelens/health.py
COPY --from=system --chown=10001:10001 /state /state
ENV PATH=/opt/homelens/bin:$PATH \
    HOMELENS_STATE=/state \
    HOMELENS_HOST=0.0.0.0 \
    PYTHONDONTWRITEBYTECODE=1
# By number, so that Kubernetes can see that it is not root.
USER 10001:10001
# A damaged model fails the build, not the first photo.
RUN ["homelens", "models"]
VOLUME /state
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["python3", "/opt/homelens/health.py"]
ENTRYPOINT ["homelens"]
# Reachable from outside the container, so it wants a key first: homelens keys create NAME
CMD ["serve"]
