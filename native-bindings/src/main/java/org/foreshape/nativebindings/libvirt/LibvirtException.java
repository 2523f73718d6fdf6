package org.foreshape.nativebindings.libvirt;

import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virGetLastError;

import java.lang.foreign.MemorySegment;
import org.foreshape.nativebindings.NativeException;
import org.foreshape.nativebindings.generated.libvirt.virError;
import org.foreshape.nativebindings.internal.RawMemory;

/**
 * A libvirt call that failed: the call, its arguments, and libvirt's own code, domain, level and
 * message.
 *
 * @see <a href="https://libvirt.org/html/libvirt-virterror.html">libvirt-virterror</a>
 */
public final class LibvirtException extends NativeException {
    /** The hypervisor driver does not offer the call. */
    public static final int NO_SUPPORT = 3;

    /** The URI names no driver that can be reached. */
    public static final int NO_CONNECT = 5;

    /** An argument is wrong. */
    public static final int INVALID_ARG = 8;

    /** A system call failed, often that of connecting. */
    public static final int SYSTEM_ERROR = 38;

    /** The talk with libvirtd failed. */
    public static final int RPC = 39;

    /** There is no such domain, or no more. */
    public static final int NO_DOMAIN = 42;

    /** The domain's state does not allow the call. */
    public static final int OPERATION_INVALID = 55;

    /** The call waited too long, often for another job of the domain. */
    public static final int OPERATION_TIMEOUT = 68;

    /** The domain has no metadata of that kind. */
    public static final int NO_DOMAIN_METADATA = 80;

    /** The guest agent does not answer. */
    public static final int AGENT_UNRESPONSIVE = 86;

    private static final long serialVersionUID = 1L;

    private final String call;
    private final String arguments;
    private final int code;
    private final int domain;
    private final int level;
    private final String libvirtMessage;

    LibvirtException(
            String call, String arguments, int code, int domain, int level, String libvirtMessage) {
        super(
                call
                        + "("
                        + arguments
                        + ") failed: "
                        + libvirtMessage
                        + " (libvirt error "
                        + code
                        + ", domain "
                        + domain
                        + ")");
        this.call = call;
        this.arguments = arguments;
        this.code = code;
        this.domain = domain;
        this.level = level;
        this.libvirtMessage = libvirtMessage;
    }

    /**
     * The exception for the call that has just failed on this native thread.
     *
     * @param call the C function
     * @param arguments its arguments as {@code name=value} pairs
     */
    static LibvirtException last(String call, String arguments) {
        MemorySegment error = virGetLastError();
        if (error.address() == 0) {
            return new LibvirtException(call, arguments, 0, 0, 0, "libvirt gave no reason");
        }
        long address = error.address();
        long message = RawMemory.getLong(address + virError.message$offset());
        return new LibvirtException(
                call,
                arguments,
                RawMemory.getInt(address + virError.code$offset()),
                RawMemory.getInt(address + virError.domain$offset()),
                RawMemory.getInt(address + virError.level$offset()),
                message == 0 ? "libvirt gave no reason" : RawMemory.getString(message));
    }

    /**
     * The C function.
     *
     * @return its name
     */
    public String call() {
        return call;
    }

    /**
     * What it was called with.
     *
     * @return {@code name=value} pairs
     */
    public String arguments() {
        return arguments;
    }

    /**
     * libvirt's error number ({@code virErrorNumber}).
     *
     * @return one of the constants here, or another of libvirt; 0 when libvirt gave none
     */
    public int code() {
        return code;
    }

    /**
     * The part of libvirt that failed ({@code virErrorDomain}).
     *
     * @return for instance 7 for the remote protocol, 10 for QEMU
     */
    public int domain() {
        return domain;
    }

    /**
     * How bad it is ({@code virErrorLevel}).
     *
     * @return 1 for a warning, 2 for an error
     */
    public int level() {
        return level;
    }

    /**
     * libvirt's own sentence.
     *
     * @return the message without the call
     */
    public String libvirtMessage() {
        return libvirtMessage;
    }
}
