package org.foreshape.nativebindings.linux;

import org.foreshape.nativebindings.NativeException;

/** A Linux call that failed: the call, its arguments, the error and what to do about it. */
public final class LinuxException extends NativeException {
    private static final long serialVersionUID = 1L;

    private final String call;
    private final String arguments;
    private final int errno;

    LinuxException(String call, String arguments, int errno, String advice) {
        super(
                "%s(%s) failed: %s (%d, %s). %s"
                        .formatted(
                                call,
                                arguments,
                                Errno.symbol(errno),
                                errno,
                                LinuxCalls.errorText(errno),
                                advice));
        this.call = call;
        this.arguments = arguments;
        this.errno = errno;
    }

    /**
     * Throws when a mirror's result is an error.
     *
     * @param result zero or more, or the negated error number
     * @param call the C function
     * @param format its arguments, for {@link String#format}; formatted only when it failed. Not
     *     for hot paths: the values are gathered on every call
     */
    @SuppressWarnings("AnnotateFormatMethod") // As below.
    static long check(long result, String call, String format, Object... values) {
        if (result < 0) {
            throw of(result, call, format, values);
        }
        return result;
    }

    /** The exception of a mirror's negative result. */
    // ErrorProne's @FormatMethod is no part of the JDK, and this room depends on nothing else.
    @SuppressWarnings("AnnotateFormatMethod")
    static LinuxException of(long result, String call, String format, Object... values) {
        int errno = (int) -result;
        return new LinuxException(call, format.formatted(values), errno, Errno.cure(errno));
    }

    /**
     * The exception of a result that a call without exceptions has returned, see {@link
     * Userfaultfd}.
     *
     * @param result the negated error number
     * @param call the C function
     * @param arguments what it was called with
     * @return to be thrown
     */
    public static LinuxException failed(long result, String call, String arguments) {
        int errno = (int) -result;
        return new LinuxException(call, arguments, errno, Errno.cure(errno));
    }

    /**
     * The C function or system call.
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
     * The error number.
     *
     * @return one of {@link Errno}, or another of Linux
     */
    public int errno() {
        return errno;
    }

    /**
     * The error's name in C.
     *
     * @return for instance {@code ESRCH}
     */
    public String symbol() {
        return Errno.symbol(errno);
    }
}
