package org.foreshape.hypervisor.libvirt;

import java.util.Locale;
import org.foreshape.hypervisor.HypervisorException;
import org.foreshape.nativebindings.NativeException;
import org.foreshape.nativebindings.libvirt.LibvirtException;

/** Says why a connection failed and what to do about it. */
final class ConnectAdvice {
    private static final int AUTH_CANCELLED = 79;
    private static final int AUTH_FAILED = 45;
    private static final int AUTH_UNAVAILABLE = 94;

    private ConnectAdvice() {}

    /** The exception for an operator. */
    static HypervisorException explain(String uri, NativeException failure) {
        if (!(failure instanceof LibvirtException libvirt)) {
            return new HypervisorException(String.valueOf(failure.getMessage()), failure);
        }
        return new HypervisorException(
                "cannot connect to "
                        + uri
                        + ": "
                        + libvirt.libvirtMessage()
                        + " (libvirt error "
                        + libvirt.code()
                        + "); "
                        + cure(libvirt),
                libvirt);
    }

    private static String cure(LibvirtException libvirt) {
        String message = libvirt.libvirtMessage().toLowerCase(Locale.ROOT);
        boolean refused =
                switch (libvirt.code()) {
                    case AUTH_CANCELLED, AUTH_FAILED, AUTH_UNAVAILABLE -> true;
                    default -> message.contains("permission denied");
                };
        if (refused) {
            return "run as root or as a member of the group libvirt";
        }
        if (message.contains("no such file") || message.contains("connection refused")) {
            return "start its daemon (systemctl start libvirtd), or check the URI, such as qemu:///system";
        }
        return "check the URI, such as qemu:///system (https://libvirt.org/uri.html)";
    }
}
