package org.foreshape.nativebindings.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnixSocketTest {
    @TempDir Path folder;

    @Test
    void shouldPassBytesAndDescriptors() {
        Path path = folder.resolve("s");
        try (UnixSocket listener = UnixSocket.listen(path, UnixSocket.Kind.STREAM, 1);
                UnixSocket client = UnixSocket.connect(path, UnixSocket.Kind.STREAM);
                UnixSocket server = listener.accept();
                MappedMemory memory = MappedMemory.create("passed", 4096);
                Descriptor passed = Descriptor.duplicate(memory.fd());
                Arena arena = Arena.ofConfined()) {
            MemorySegment hello = arena.allocateFrom("hello");
            client.send(hello, passed, passed);
            client.send(hello);

            MemorySegment into = arena.allocate(6);
            UnixSocket.Received first = server.receive(into);
            assertThat(first.lengthBytes()).isEqualTo(6);
            assertThat(into.getString(0)).isEqualTo("hello");
            assertThat(first.descriptors()).hasSize(2);
            assertThat(first.descriptors().getFirst().target()).contains("memfd:passed");
            assertThat(first.descriptors().getFirst().isUserfaultfd()).isFalse();
            first.descriptors().forEach(Descriptor::close);
            assertThat(server.receive(into).descriptors()).isEmpty();

            assertThatThrownBy(() -> server.receive(into))
                    .isInstanceOfSatisfying(
                            LinuxException.class,
                            nothing -> assertThat(nothing.errno()).isEqualTo(Errno.EAGAIN));
            PeerCredentials peer = server.peer();
            assertThat(peer.pid()).isEqualTo(LinuxMemory.processId());
            try (Descriptor pidfd = server.peerPidfd();
                    Poller poller = Poller.of(pidfd)) {
                assertThat(poller.await(0)).isZero();
            }
            client.descriptor().close();
            assertThat(server.receive(into).lengthBytes()).isZero();
        }
    }

    @Test
    void shouldSayWhatIsWrong() {
        Path path = folder.resolve("s");
        assertThatThrownBy(() -> UnixSocket.connect(path, UnixSocket.Kind.STREAM))
                .isInstanceOfSatisfying(
                        LinuxException.class,
                        absent -> assertThat(absent.errno()).isEqualTo(Errno.ENOENT));
        Path tooLong = folder.resolve("x".repeat(108));
        assertThatThrownBy(() -> UnixSocket.listen(tooLong, UnixSocket.Kind.STREAM, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at most 107 bytes");
        try (UnixSocket listener = UnixSocket.listen(path, UnixSocket.Kind.PACKETS, 1)) {
            assertThatThrownBy(listener::accept)
                    .isInstanceOfSatisfying(
                            LinuxException.class,
                            nobody -> assertThat(nobody.errno()).isEqualTo(Errno.EAGAIN));
            assertThatThrownBy(() -> UnixSocket.listen(path, UnixSocket.Kind.PACKETS, 1))
                    .isInstanceOfSatisfying(
                            LinuxException.class,
                            taken -> assertThat(taken.symbol()).isEqualTo("EADDRINUSE"));
            assertThatThrownBy(() -> listener.send(MemorySegment.ofArray(new byte[1])))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    @SuppressWarnings("try") // Closing early is what is tested.
    void shouldWakeAWaitAndWatchNoMoreWhatIsIgnored() throws Exception {
        Path path = folder.resolve("s");
        try (UnixSocket listener = UnixSocket.listen(path, UnixSocket.Kind.STREAM, 1);
                Poller poller = Poller.of(listener.descriptor())) {
            Thread waker = Thread.ofPlatform().start(poller::wake);
            assertThat(poller.await(30_000)).isZero();
            waker.join();
            assertThat(poller.await(0)).isZero();
            try (UnixSocket client = UnixSocket.connect(path, UnixSocket.Kind.STREAM)) {
                assertThat(poller.await(30_000)).isOne();
                assertThat(poller.isReady(0)).isTrue();
                poller.ignore(0);
                assertThat(poller.await(0)).isZero();
                assertThat(client.descriptor().number()).isPositive();
            }
            poller.close();
            poller.wake();
        }
    }
}
