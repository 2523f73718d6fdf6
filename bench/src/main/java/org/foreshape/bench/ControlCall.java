package org.foreshape.bench;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Requests to a daemon's control socket over one connection, as a scheduler would send them. */
final class ControlCall implements AutoCloseable {
    private static final String END_OF_HEADER = "\r\n\r\n";
    private static final String OK = "HTTP/1.1 200";

    private final SocketChannel channel;
    private final ByteBuffer answer = ByteBuffer.allocate(1 << 16);

    ControlCall(Path socket) throws IOException {
        channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    }

    /** Posts JSON; returns whether the answer is good. Throws when the daemon is gone. */
    boolean post(String path, String json) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        String header =
                "POST "
                        + path
                        + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        + "Content-Length: "
                        + body.length
                        + END_OF_HEADER;
        write(ByteBuffer.wrap(header.getBytes(StandardCharsets.US_ASCII)));
        write(ByteBuffer.wrap(body));
        answer.clear();
        String text;
        do {
            if (channel.read(answer) < 0) {
                throw new IOException("the daemon closed the connection");
            }
            text = new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8);
        } while (!isWhole(text));
        return text.startsWith(OK);
    }

    private void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static boolean isWhole(String text) {
        int end = text.indexOf(END_OF_HEADER);
        if (end < 0) {
            return false;
        }
        int length = 0;
        for (String line : text.substring(0, end).split("\r\n", -1)) {
            if (line.regionMatches(true, 0, "Content-Length:", 0, 15)) {
                length = Integer.parseInt(line.substring(15).strip());
            }
        }
        return text.length() >= end + END_OF_HEADER.length() + length;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
