# The service with its models and pages inside: no training stack, no compiler, not root.
FROM node:20-slim AS pages
WORKDIR /src
COPY serving/web .
RUN npm ci --no-audit --no-fund && npm run build

FROM python:3.11-slim AS wheel
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY vision vision
COPY training training
COPY serving serving
COPY labels labels
COPY avm avm
COPY models models
COPY --from=pages /src/dist serving/web/dist
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.11-slim
# OpenCV's shared libraries
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libgl1 libglib2.0-0 \
 && rm -rf /var/lib/apt/lists/*
COPY --from=wheel /wheels /wheels
RUN pip install --no-cache-dir /wheels/*.whl && rm -rf /wheels \
 && useradd --create-home homelens \
 && install --directory --owner homelens /state
USER homelens
ENV HOMELENS_STATE=/state
VOLUME /state
EXPOSE 8000
# A damaged model fails the build, not the first photo.
RUN homelens models
ENTRYPOINT ["homelens"]
# Reachable from outside the container, so it wants a key first: homelens keys create NAME
CMD ["serve", "--host", "0.0.0.0"]
