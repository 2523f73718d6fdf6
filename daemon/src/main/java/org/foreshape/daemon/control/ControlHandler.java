package org.foreshape.daemon.control;

import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.foreshape.ring.RingFullException;
import org.foreshape.ring.event.VmMode;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Maps requests to the engine, and its errors to statuses with a sentence. */
final class ControlHandler extends Handler.Abstract {
    private static final Logger LOG = Logger.getLogger(ControlHandler.class.getName());
    private static final int BODY_BYTES_MAX = 64 << 10;
    private static final String PLAN = "/plan/";

    private final ControlTarget target;

    ControlHandler(ControlTarget target) {
        this.target = target;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = HttpStatus.OK_200;
        JsonNode answer;
        try {
            answer = route(request);
        } catch (BadRequestException e) {
            status = HttpStatus.BAD_REQUEST_400;
            answer = error(e);
        } catch (UnknownNameException e) {
            status = HttpStatus.NOT_FOUND_404;
            answer = error(e);
        } catch (RingFullException | NotRecordedException e) {
            status = HttpStatus.SERVICE_UNAVAILABLE_503;
            answer = error(e);
        } catch (RuntimeException e) {
            // A fault of ours: the operator gets a sentence, the log gets the place.
            LOG.log(Level.SEVERE, "control request failed: " + request.getHttpURI(), e);
            status = HttpStatus.INTERNAL_SERVER_ERROR_500;
            answer = error(new IllegalStateException("internal fault: " + e, e));
        }
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        Content.Sink.write(response, true, Json.line(answer) + "\n", callback);
        return true;
    }

    private static ObjectNode error(RuntimeException e) {
        return Json.object().put("error", String.valueOf(e.getMessage()));
    }

    private JsonNode route(Request request) {
        String path = String.valueOf(request.getHttpURI().getPath());
        return switch (request.getMethod()) {
            case "GET" -> get(path);
            case "POST" -> post(path, body(request));
            default ->
                    throw new BadRequestException(
                            "method " + request.getMethod() + " is not known; use GET or POST");
        };
    }

    private JsonNode get(String path) {
        if (path.startsWith(PLAN) && path.length() > PLAN.length()) {
            return target.plan(name(path.substring(PLAN.length())));
        }
        return switch (path) {
            case "/status" -> target.status();
            case "/vms" -> target.vms();
            case "/counters" -> target.counters();
            case "/forecast" -> target.forecast();
            case "/horizon" -> target.horizon();
            default ->
                    throw new UnknownNameException(
                            "there is no "
                                    + path
                                    + "; GET knows /status /vms /plan/VM /counters /forecast"
                                    + " /horizon");
        };
    }

    /** A VM's name may hold any character, so its percent signs are undone by hand. */
    private static String name(String encoded) {
        try {
            return URLDecoder.decode(encoded, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new BadRequestException(encoded + " is not a name in percent encoding");
        }
    }

    private JsonNode post(String path, JsonNode body) {
        switch (path) {
            case "/announce" -> target.announce(Announcement.fromJson(body));
            case "/mode" -> target.mode(text(body, "vm"), mode(text(body, "mode")));
            case "/model" -> target.swapModel(text(body, "model"));
            case "/pause" -> target.pause();
            case "/resume" -> target.resume();
            case "/restore" -> {
                return target.restore();
            }
            case "/shutdown" -> target.shutdown();
            default ->
                    throw new UnknownNameException(
                            "there is no "
                                    + path
                                    + "; POST knows /announce /mode /model /pause /resume /restore"
                                    + " /shutdown");
        }
        return Json.object().put("done", true);
    }

    private static String text(JsonNode body, String key) {
        JsonNode node = body.path(key);
        if (!node.isString() || node.stringValue().isBlank()) {
            throw new BadRequestException("the body needs " + key + ", a text");
        }
        return node.stringValue();
    }

    private static VmMode mode(String word) {
        try {
            return VmMode.valueOf(word.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new BadRequestException(
                    "mode is " + word + ", must be observe, recommend or enforce");
        }
    }

    private static JsonNode body(Request request) {
        byte[] bytes;
        try (InputStream in = Content.Source.asInputStream(request)) {
            bytes = in.readNBytes(BODY_BYTES_MAX + 1);
        } catch (IOException e) {
            throw new BadRequestException("the body cannot be read: " + e);
        }
        if (bytes.length > BODY_BYTES_MAX) {
            throw new BadRequestException(
                    "the body is longer than " + BODY_BYTES_MAX + " bytes; send less at once");
        }
        return bytes.length == 0
                ? Json.object()
                : Json.parse(new String(bytes, StandardCharsets.UTF_8));
    }
}
