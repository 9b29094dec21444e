"""LocalStack's own server, bound to the addresses it is given: the one it comes with binds every interface."""

from localstack.runtime.server.core import RuntimeServerPlugin


class LoopbackServerPlugin(RuntimeServerPlugin):
    """Chosen by GATEWAY_SERVER=loopback."""

    name = "loopback"

    def load(self, *args, **kwargs):
        # Twisted's reactor is made by its import, and must be made by LocalStack's start.
        from localstack.runtime.server.twisted import TwistedRuntimeServer
        from rolo.serving.twisted import TwistedGateway
        from twisted.internet import reactor

        class LoopbackServer(TwistedRuntimeServer):
            """Serves plain HTTP on GATEWAY_LISTEN, and nowhere else."""

            def register(self, gateway, listen, ssl_creds=None):
                site = TwistedGateway(gateway)
                for address in listen:
                    # Unlike an endpoint, this fails at once where the port is taken.
                    reactor.listenTCP(address.port, site, interface=address.host)

        return LoopbackServer()
