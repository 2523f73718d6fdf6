package org.foreshape.nativebindings.linux;

/**
 * Who connected to a unix socket, as the kernel noted it at that moment.
 *
 * @param pid the process; 0 when it is in a foreign pid namespace
 * @param uid its effective user
 * @param gid its effective group
 * @see <a href="https://man7.org/linux/man-pages/man7/unix.7.html">unix(7), SO_PEERCRED</a>
 */
public record PeerCredentials(int pid, int uid, int gid) {}
