package org.foreshape.nativebindings.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/** move_pages(2) with Java arrays. */
final class PageMoves {
    private static final int MPOL_MF_MOVE = 2;
    private static final int MPOL_MF_MOVE_ALL = 4;

    private PageMoves() {}

    static void move(
            SyscallNumbers numbers,
            int pid,
            long[] pageAddresses,
            int @Nullable [] nodes,
            int[] status,
            boolean evenShared) {
        int count = pageAddresses.length;
        if (status.length != count || (nodes != null && nodes.length != count)) {
            throw new IllegalArgumentException(
                    "status and nodes must have one entry for each of " + count + " pages");
        }
        if (count == 0) {
            return;
        }
        try (Arena call = Arena.ofConfined()) {
            MemorySegment pages = call.allocateFrom(ValueLayout.JAVA_LONG, pageAddresses);
            MemorySegment wanted =
                    nodes == null
                            ? MemorySegment.NULL
                            : call.allocateFrom(ValueLayout.JAVA_INT, nodes);
            MemorySegment found = call.allocate(ValueLayout.JAVA_INT, count);
            int flags = evenShared ? MPOL_MF_MOVE_ALL : MPOL_MF_MOVE;
            long result =
                    LinuxCalls.syscall(
                            numbers.movePages(),
                            pid,
                            count,
                            pages.address(),
                            wanted.address(),
                            found.address(),
                            flags);
            if (result < 0) {
                throw LinuxException.of(
                        result,
                        "move_pages",
                        "pid=%d, pages=%d, %s",
                        pid,
                        count,
                        nodes == null ? "query" : evenShared ? "MOVE_ALL" : "MOVE");
            }
            MemorySegment.copy(found, ValueLayout.JAVA_INT, 0, status, 0, count);
        }
    }
}
