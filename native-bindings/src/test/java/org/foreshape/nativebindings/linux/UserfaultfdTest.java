package org.foreshape.nativebindings.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** On memory of this process; nothing is touched that was not installed, since that would block. */
class UserfaultfdTest {
    private static final int PAGE = 4096;

    @BeforeEach
    void needsTheRight() {
        try {
            Userfaultfd.features();
        } catch (LinuxException refused) {
            assumeTrue(false, "skipped: " + refused.getMessage());
        }
    }

    @Test
    void shouldInstallCopiesAndZeros() {
        try (PrivateMemory memory = PrivateMemory.create(16 * PAGE);
                Userfaultfd uffd = Userfaultfd.create(Userfaultfd.FEATURE_EVENT_REMOVE);
                Arena arena = Arena.ofConfined()) {
            long base = memory.segment().address();
            MemorySegment source = arena.allocate(4 * PAGE, PAGE).fill((byte) 7);
            uffd.register(base, 16 * PAGE, Userfaultfd.MODE_MISSING);
            assertThat(uffd.descriptor().isUserfaultfd()).isTrue();
            assertThat(uffd.isOwnerGone()).isFalse();

            assertThat(uffd.copy(base + 2 * PAGE, source.address(), PAGE)).isEqualTo(PAGE);
            assertThat(uffd.copy(base + 2 * PAGE, source.address(), PAGE)).isEqualTo(-Errno.EEXIST);
            assertThat(uffd.copy(base, source.address(), 4 * PAGE)).isEqualTo(2 * PAGE);
            assertThat(uffd.zero(base + 3 * PAGE, 2 * PAGE)).isEqualTo(2 * PAGE);
            assertThat(uffd.copy(base + 1, source.address(), PAGE)).isEqualTo(-Errno.EINVAL);
            assertThat(uffd.copy(source.address(), base, PAGE)).isEqualTo(-Errno.ENOENT);
            assertThat(memory.segment().get(ValueLayout.JAVA_BYTE, 2 * PAGE + 9))
                    .isEqualTo((byte) 7);
            assertThat(memory.segment().get(ValueLayout.JAVA_BYTE, 4 * PAGE)).isZero();
            assertThat(uffd.wake(base, PAGE)).isZero();
            assertThat(uffd.unregister(base, 16 * PAGE)).isZero();
            assertThat(memory.segment().get(ValueLayout.JAVA_BYTE, 9 * PAGE)).isZero();
        }
    }

    @Test
    void shouldMapPagesOfSharedMemory() {
        try (MappedMemory memory = MappedMemory.create("shared", 4 * PAGE);
                Userfaultfd uffd = Userfaultfd.create(Userfaultfd.FEATURE_MINOR_SHMEM)) {
            memory.allocate(0, PAGE);
            long base = memory.segment().address();
            uffd.register(base, 4 * PAGE, Userfaultfd.MODE_MINOR);
            assertThat(uffd.proceed(base, PAGE)).isEqualTo(PAGE);
            assertThat(uffd.proceed(base + PAGE, PAGE)).isEqualTo(-Errno.EFAULT);
            assertThat(memory.segment().get(ValueLayout.JAVA_BYTE, 0)).isZero();
        }
    }

    @Test
    void shouldReadNothingWhereNothingHappened() {
        try (Userfaultfd uffd = Userfaultfd.create(0);
                Arena arena = Arena.ofConfined()) {
            FaultMessages messages = FaultMessages.over(arena.allocate(64, 8));
            assertThat(messages.capacity()).isEqualTo(2);
            assertThat(uffd.read(messages)).isEqualTo(-Errno.EAGAIN);
            assertThatThrownBy(() -> FaultMessages.over(arena.allocate(33)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> Userfaultfd.create(1L << 60))
                .isInstanceOfSatisfying(
                        LinuxException.class,
                        unknown -> assertThat(unknown.errno()).isEqualTo(Errno.EINVAL));
    }
}
