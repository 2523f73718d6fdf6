package org.foreshape.nativebindings.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * Who a process is, and what it may.
 *
 * @param uid its effective user
 * @param effective its effective capabilities, as bits
 * @see <a
 *     href="https://man7.org/linux/man-pages/man5/proc_pid_status.5.html">proc_pid_status(5)</a>
 */
public record Privileges(int uid, long effective) {
    private static final int EFFECTIVE_UID_COLUMN = 2;

    /**
     * Those of this process.
     *
     * @return as the kernel tells them now
     * @throws LinuxException {@code /proc} is not mounted
     */
    public static Privileges ofThisProcess() {
        return read(Path.of("/proc/self/status"));
    }

    /**
     * Those of another process; anybody may ask.
     *
     * @param pid its number
     * @return as the kernel tells them now
     * @throws LinuxException ESRCH when there is no such process
     */
    public static Privileges of(int pid) {
        return read(Path.of("/proc/" + pid + "/status"));
    }

    /**
     * Whether a capability is in effect.
     *
     * @param capability which
     * @return true when calls that need it are not refused for lack of it
     */
    public boolean has(Capability capability) {
        return (effective >>> capability.bit() & 1) != 0;
    }

    /** Reads the lines {@code Uid:} and {@code CapEff:}. */
    static Privileges parse(List<String> status) {
        int uid = -1;
        long effective = 0;
        for (String line : status) {
            if (line.startsWith("Uid:")) {
                uid = Integer.parseUnsignedInt(column(line, EFFECTIVE_UID_COLUMN));
            } else if (line.startsWith("CapEff:")) {
                effective = Long.parseUnsignedLong(column(line, 1), 16);
            }
        }
        return new Privileges(uid, effective);
    }

    private static String column(String line, int index) {
        return line.split("\\s+", -1)[index];
    }

    private static Privileges read(Path status) {
        try {
            return parse(Files.readAllLines(status));
        } catch (NoSuchFileException e) {
            throw LinuxException.of(-Errno.ESRCH, "read", "path=%s", status);
        } catch (IOException e) {
            // The process ended between open and read: the kernel says ESRCH, Java only a text.
            throw LinuxException.of(-Errno.ESRCH, "read", "path=%s, %s", status, e);
        }
    }
}
