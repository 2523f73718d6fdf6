package org.foreshape.prefault;

import org.foreshape.nativebindings.linux.Errno;
import org.foreshape.nativebindings.linux.RemotePages;

/**
 * What this process may do to another one, found by calls that do nothing: the kernel checks the
 * right before the arguments.
 *
 * @param touchErrno 0, or why reading its memory is refused
 * @param collapseErrno 0, or why advising it is refused
 */
record Permits(int touchErrno, int collapseErrno) {
    /** Nothing is ever mapped there. */
    private static final long[] NOWHERE = {0};

    static Permits probe(RemotePages pages) {
        int touch = pages.touch(NOWHERE, 0, 1);
        int collapse = pages.collapse(0, 0);
        return new Permits(refusal(touch), refusal(collapse));
    }

    private static int refusal(int result) {
        return result == -Errno.EPERM || result == -Errno.EACCES || result == -Errno.ENOSYS
                ? -result
                : 0;
    }
}
