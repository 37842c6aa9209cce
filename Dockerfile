# The binary is static, so the image holds it, the CA certificates, and no shell.
ARG GO_VERSION=1.26
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
