import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.nio.ByteBuffer;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import software.amazon.dynamodb.services.local.main.ServerRunner;
import software.amazon.dynamodb.services.local.server.DynamoDBProxyServer;

/**
 * DynamoDB Local for this machine only. By itself it listens on all interfaces, takes any signature, and answers web pages of any origin;
 * it has no option against that. This starts it with the same arguments, but:
 *
 * 1. It listens on 127.0.0.1 only, on a free port, which is printed as "listening on 127.0.0.1:PORT".
 * 2. It refuses requests that a web page may have sent: those with an Origin header, and those whose Host is another name than the
 *    loopback interface's, as after DNS rebinding.
 *
 * The class beside this file is compiled from it by `node local/dynamodb/java/compile.ts`, since a JRE cannot compile it.
 */
public final class LoopbackServer extends Handler.Wrapper {
  private static final Pattern LOOPBACK = Pattern.compile("(127\\.0\\.0\\.1|localhost|\\[::1\\])(:\\d{1,5})?", Pattern.CASE_INSENSITIVE);

  private LoopbackServer(Handler dynamodb) {
    super(dynamodb);
  }

  public static void main(String[] arguments) throws Exception {
    DynamoDBProxyServer dynamodb = ServerRunner.createServerFromCommandLineArgs(arguments);
    Field field = DynamoDBProxyServer.class.getDeclaredField("server");
    field.setAccessible(true);
    Server server = (Server) field.get(dynamodb);
    Connector[] connectors = server.getConnectors();
    // Anything else than the one connector that is known here could listen on other interfaces.
    if (connectors.length != 1) throw new IllegalStateException("DynamoDB Local has " + connectors.length + " connectors, expected 1");
    ServerConnector connector = (ServerConnector) connectors[0];
    connector.setHost("127.0.0.1");
    connector.setPort(0);
    server.setHandler(new LoopbackServer(server.getHandler()));
    dynamodb.safeStart();
    System.out.println("listening on 127.0.0.1:" + connector.getLocalPort());
    dynamodb.join();
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    String host = request.getHeaders().get(HttpHeader.HOST);
    if (request.getHeaders().contains(HttpHeader.ORIGIN))
      return refuse(response, callback, "the request has an Origin header, as requests of web pages do");
    if (host == null || !LOOPBACK.matcher(host).matches())
      return refuse(response, callback, "the Host header names another host than 127.0.0.1, localhost or [::1]");
    return super.handle(request, response, callback);
  }

  private static boolean refuse(Response response, Callback callback, String reason) {
    String message = "Local AWS serves programs on this machine only: " + reason + ". Send it from a program, to http://127.0.0.1.";
    byte[] body = ("{\"__type\":\"AccessDeniedException\",\"message\":\"" + message + "\"}").getBytes(StandardCharsets.UTF_8);
    response.setStatus(403);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/x-amz-json-1.0");
    response.getHeaders().put(HttpHeader.CONNECTION, "close");
    response.write(true, ByteBuffer.wrap(body), callback);
    return true;
  }
}
