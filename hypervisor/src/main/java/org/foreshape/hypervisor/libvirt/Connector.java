package org.foreshape.hypervisor.libvirt;

import org.foreshape.nativebindings.libvirt.LibvirtConnection;

/** Opens a connection; {@link LibvirtConnection#open} but where a test needs another. */
@FunctionalInterface
interface Connector {
    /** Opens the connection of a URI, or throws what the native layer throws. */
    LibvirtConnection open(String uri);
}
