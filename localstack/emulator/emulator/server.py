"""LocalStack's HTTP server, bound only to the configured addresses. The default server binds every interface."""

from localstack.runtime.server.core import RuntimeServerPlugin


class LoopbackServerPlugin(RuntimeServerPlugin):
    """Selected by GATEWAY_SERVER=loopback."""

    name = "loopback"

    def load(self, *args, **kwargs):
        # Importing Twisted's reactor installs it, and this must happen while LocalStack starts.
        from localstack.runtime.server.twisted import TwistedRuntimeServer
        from rolo.serving.twisted import TwistedGateway
        from twisted.internet import reactor

        class LoopbackServer(TwistedRuntimeServer):
            """Serves plain HTTP on GATEWAY_LISTEN, and nowhere else."""

            def register(self, gateway, listen, ssl_creds=None):
                site = TwistedGateway(gateway)
                for address in listen:
                    # Unlike a Twisted endpoint, this call fails at once if the port is taken.
                    reactor.listenTCP(address.port, site, interface=address.host)

        return LoopbackServer()
