package org.foreshape.daemon.control;

import java.net.ConnectException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.StringRequestContent;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Transport;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.foreshape.daemon.fault.Failure;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The commands' end of the control socket. One thread. */
public final class ControlClient implements AutoCloseable {
    private static final long TIMEOUT_SECONDS = 60;

    private final Path socket;
    private final HttpClient http = new HttpClient();

    private ControlClient(Path socket) {
        this.socket = socket;
    }

    /**
     * Makes ready to ask the daemon on this socket.
     *
     * @throws Failure (missing) when there is no such socket
     */
    public static ControlClient open(Path socket) {
        if (!Files.exists(socket)) {
            throw notRunning(socket, "there is no such socket");
        }
        if (!Files.isReadable(socket) || !Files.isWritable(socket)) {
            throw Failure.missing(
                    "may not open "
                            + socket
                            + ": it belongs to the user who runs the daemon; run this as that"
                            + " user");
        }
        ControlClient client = new ControlClient(socket);
        QueuedThreadPool threads = new QueuedThreadPool(8, 2);
        threads.setDaemon(true);
        client.http.setExecutor(threads);
        client.http.setIdleTimeout(TimeUnit.SECONDS.toMillis(2 * TIMEOUT_SECONDS));
        try {
            client.http.start();
        } catch (Exception e) {
            throw new IllegalStateException("cannot start the HTTP client", e);
        }
        return client;
    }

    /** Asks for a path. */
    public JsonNode get(String path) {
        return send(HttpMethod.GET, path, null);
    }

    /** Asks for the plan of a VM, whose name may hold any character. */
    public JsonNode plan(String vmName) {
        return get(
                "/plan/" + URLEncoder.encode(vmName, StandardCharsets.UTF_8).replace("+", "%20"));
    }

    /** Posts a body. */
    public JsonNode post(String path, JsonNode body) {
        return send(HttpMethod.POST, path, body);
    }

    private JsonNode send(HttpMethod method, String path, @Nullable JsonNode body) {
        // The host part only fills the Host header: the transport decides where it goes.
        Request request =
                http.newRequest("http://localhost" + path)
                        .transport(new Transport.TCPUnix(socket))
                        .method(method)
                        .timeout(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        if (body != null) {
            request.body(new StringRequestContent("application/json", Json.line(body)));
        }
        ContentResponse response;
        try {
            response = request.send();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Failure.check("interrupted while waiting for the daemon");
        } catch (TimeoutException e) {
            throw Failure.missing(
                    "the daemon on "
                            + socket
                            + " did not answer within "
                            + TIMEOUT_SECONDS
                            + " s; look into its log",
                    e);
        } catch (ExecutionException e) {
            boolean refused = e.getCause() instanceof ConnectException;
            throw notRunning(socket, refused ? "nobody listens" : "the connection broke");
        }
        return answer(response);
    }

    private static JsonNode answer(ContentResponse response) {
        // The server itself answers in HTML where it cannot take the request apart.
        boolean isJson = "application/json".equals(response.getMediaType());
        JsonNode body = isJson ? Json.parse(response.getContentAsString()) : Json.object();
        String sentence = body.path("error").asString("the daemon answered " + response);
        return switch (response.getStatus()) {
            case HttpStatus.OK_200 -> body;
            case HttpStatus.BAD_REQUEST_400, HttpStatus.NOT_FOUND_404 ->
                    throw Failure.usage(sentence);
            case HttpStatus.SERVICE_UNAVAILABLE_503 -> throw Failure.missing(sentence);
            default -> throw Failure.check(sentence);
        };
    }

    private static Failure notRunning(Path socket, String why) {
        return Failure.missing(
                "no foreshape daemon answers on "
                        + socket
                        + " ("
                        + why
                        + "); start one with `foreshape run`, or name its socket with --socket");
    }

    /** Closes the connection. */
    @Override
    public void close() {
        try {
            http.stop();
        } catch (Exception e) {
            throw new IllegalStateException("cannot stop the HTTP client", e);
        }
    }
}
