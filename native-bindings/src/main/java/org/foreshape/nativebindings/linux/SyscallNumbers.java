package org.foreshape.nativebindings.linux;

import org.foreshape.nativebindings.NativeUnavailableException;

/**
 * Numbers of the system calls that C libraries older than the kernel do not wrap.
 *
 * <p>The aarch64 numbers are those of the kernel's generic table.
 */
record SyscallNumbers(
        int movePages,
        int pidfdSendSignal,
        int pidfdOpen,
        int processMadvise,
        int pidfdGetfd,
        int userfaultfd,
        int migratePages,
        int cachestat,
        int ioprioSet) {
    static final SyscallNumbers X86_64 =
            new SyscallNumbers(279, 424, 434, 440, 438, 323, 256, 451, 251);
    static final SyscallNumbers AARCH64 =
            new SyscallNumbers(239, 424, 434, 440, 438, 282, 238, 451, 30);

    /** The table of a machine, by the value of {@code os.arch}. */
    static SyscallNumbers ofArchitecture(String architecture) {
        return switch (architecture) {
            case "amd64", "x86_64" -> X86_64;
            case "aarch64" -> AARCH64;
            default ->
                    throw new NativeUnavailableException(
                            "System call numbers of "
                                    + architecture
                                    + " are not known: run on x86_64 or aarch64.");
        };
    }
}
