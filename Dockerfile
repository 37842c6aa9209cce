# Two images. The one without a name holds the static binary, the CA certificates and
# no shell: docker build -t zoneloom .
# The one for CI has git, curl, jq and zoneloom-ci besides: docker build --target ci -t zoneloom-ci .
ARG GO_VERSION=1.26
ARG DEBIAN_VERSION=13-slim
FROM --platform=$BUILDPLATFORM golang:${GO_VERSION} AS build
WORKDIR /src
# The modules change less often than the code: a layer of their own.
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS TARGETARCH
ARG VERSION=dev
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH GOFLAGS=-buildvcs=false \
    go build -trimpath -ldflags "-s -w -X main.version=$VERSION" -o /zoneloom ./cmd/zoneloom

FROM debian:${DEBIAN_VERSION} AS ci
LABEL org.opencontainers.image.title="zoneloom-ci" \
      org.opencontainers.image.description="DNS as code, for CI jobs" \
      org.opencontainers.image.source="https://github.com/zoneloom/zoneloom" \
      org.opencontainers.image.licenses="MIT"
# A CI system checks out as a user of its own, whose clone git would refuse to read.
RUN apt-get -q update \
    && apt-get -q install -y --no-install-recommends ca-certificates curl git jq \
    && rm -rf /var/lib/apt/lists/* \
    && git config --system --add safe.directory '*'
COPY --from=build /src/LICENSE /LICENSE
COPY --from=build /zoneloom /usr/local/bin/zoneloom
COPY --chmod=755 examples/ci/zoneloom-ci.sh /usr/local/bin/zoneloom-ci
USER 65532:65532
ENV HOME=/tmp
WORKDIR /zones
CMD ["zoneloom", "help"]

FROM scratch
LABEL org.opencontainers.image.title="zoneloom" \
      org.opencontainers.image.description="DNS as code" \
      org.opencontainers.image.source="https://github.com/zoneloom/zoneloom" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /src/LICENSE /LICENSE
COPY --from=build /zoneloom /zoneloom
# Nobody. Mount the configuration at /zones; a folder that is to be written must be this user's.
USER 65532:65532
WORKDIR /zones
# Locks lie beside the configuration, for the containers that share it.
ENV XDG_STATE_HOME=/zones/.zoneloom
ENTRYPOINT ["/zoneloom"]
