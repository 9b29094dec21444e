// Runs DynamoDB Local in memory, on loopback. Its own command listens on every interface, has no option to change
// this, and sends usage reports.
//
//   java -Djava.library.path=<jars> -cp '<jars>/*' DynamoDbOnLoopback.java <port>

import java.net.InetSocketAddress;
import org.eclipse.jetty.server.Server;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBRequestHandler;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBServerHandler;

class DynamoDbOnLoopback {
    public static void main(String[] arguments) throws Exception {
        var inMemory = true;
        var sharedByAllAccounts = false;
        var slowToCreateTables = false;
        var store = new LocalDynamoDBRequestHandler(0, inMemory, null, sharedByAllAccounts, slowToCreateTables);
        var server = new Server(new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0])));
        server.setHandler(new LocalDynamoDBServerHandler(store, null));
        server.start();
        server.join();
    }
}
