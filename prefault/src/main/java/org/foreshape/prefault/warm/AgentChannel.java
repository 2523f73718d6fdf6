package org.foreshape.prefault.warm;

/** The way to the agent in a guest, by libvirt's {@code virDomainQemuAgentCommand} for instance. */
@FunctionalInterface
public interface AgentChannel {
    /**
     * Sends a command and waits for its answer, within a time limit of the channel's own.
     *
     * @param json the command, one JSON object
     * @return the agent's answer, one JSON object with {@code return} or {@code error}
     * @throws RuntimeException there is no agent, it does not answer in time, or it refuses; the
     *     message says which
     */
    String command(String json);
}
