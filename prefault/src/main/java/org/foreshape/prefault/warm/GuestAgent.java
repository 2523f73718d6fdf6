package org.foreshape.prefault.warm;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The commands of the QEMU guest agent that reading files needs.
 *
 * @see <a href="https://www.qemu.org/docs/master/interop/qemu-ga-ref.html">its reference</a>
 */
final class GuestAgent {
    private final AgentChannel channel;

    GuestAgent(AgentChannel channel) {
        this.channel = channel;
    }

    /** The agent is not there, refuses, or talks nonsense; the message is a sentence's rest. */
    static final class AgentFault extends Exception {
        private static final long serialVersionUID = 1L;

        AgentFault(String message) {
            super(message);
        }
    }

    /** How a program in the guest stands. */
    record ExecStatus(boolean exited, int exitCode, String output) {}

    /** One piece of a file. */
    record Piece(long bytes, boolean isLast) {}

    /** Names of the commands that the agent knows and has not disabled. */
    Set<String> enabledCommands() throws AgentFault {
        Map<?, ?> info = object(ask("guest-info", ""));
        Set<String> enabled = new HashSet<>();
        if (info.get("supported_commands") instanceof List<?> commands) {
            for (Object command : commands) {
                if (command instanceof Map<?, ?> entry
                        && Boolean.TRUE.equals(entry.get("enabled"))
                        && entry.get("name") instanceof String name) {
                    enabled.add(name);
                }
            }
        }
        return enabled;
    }

    /** Starts a program, whose standard output is kept. */
    long exec(String path, List<String> arguments) throws AgentFault {
        List<String> quoted = new ArrayList<>();
        arguments.forEach(argument -> quoted.add(JsonText.quote(argument)));
        String command =
                "\"path\":"
                        + JsonText.quote(path)
                        + ",\"arg\":["
                        + String.join(",", quoted)
                        + "],\"capture-output\":true";
        return number(object(ask("guest-exec", command)).get("pid"), "guest-exec");
    }

    ExecStatus execStatus(long pid) throws AgentFault {
        Map<?, ?> status = object(ask("guest-exec-status", "\"pid\":" + pid));
        boolean exited = Boolean.TRUE.equals(status.get("exited"));
        Object code = status.get("exitcode");
        String output = "";
        if (status.get("out-data") instanceof String encoded) {
            try {
                output = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
            } catch (IllegalArgumentException e) {
                throw new AgentFault("the guest agent's output is not base64");
            }
        }
        return new ExecStatus(
                exited, code instanceof Double number ? number.intValue() : -1, output);
    }

    long openFile(String path) throws AgentFault {
        return number(
                ask("guest-file-open", "\"path\":" + JsonText.quote(path) + ",\"mode\":\"r\""),
                "guest-file-open");
    }

    Piece readFile(long handle, int count) throws AgentFault {
        Map<?, ?> read =
                object(ask("guest-file-read", "\"handle\":" + handle + ",\"count\":" + count));
        return new Piece(
                number(read.get("count"), "guest-file-read"), Boolean.TRUE.equals(read.get("eof")));
    }

    void closeFile(long handle) throws AgentFault {
        ask("guest-file-close", "\"handle\":" + handle);
    }

    private @Nullable Object ask(String name, String arguments) throws AgentFault {
        String command =
                "{\"execute\":\""
                        + name
                        + "\""
                        + (arguments.isEmpty() ? "" : ",\"arguments\":{" + arguments + "}")
                        + "}";
        String answer;
        try {
            answer = channel.command(command);
        } catch (RuntimeException e) {
            // Whatever way the channel fails, the guest is merely not pre-loaded.
            throw new AgentFault("the guest agent does not do " + name + ": " + e.getMessage());
        }
        Object reply;
        try {
            reply = JsonText.read(answer);
        } catch (IllegalArgumentException e) {
            throw new AgentFault("the guest agent's answer to " + name + " is " + e.getMessage());
        }
        Map<?, ?> object = object(reply);
        if (object.get("error") instanceof Map<?, ?> error) {
            throw new AgentFault("the guest agent refuses " + name + ": " + error.get("desc"));
        }
        return object.get("return");
    }

    private static Map<?, ?> object(@Nullable Object value) throws AgentFault {
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        throw new AgentFault("the guest agent's answer is no object: " + value);
    }

    private static long number(@Nullable Object value, String name) throws AgentFault {
        if (value instanceof Double number) {
            return number.longValue();
        }
        throw new AgentFault("the guest agent's answer to " + name + " is no number: " + value);
    }
}
