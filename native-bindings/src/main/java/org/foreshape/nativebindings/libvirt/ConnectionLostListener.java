package org.foreshape.nativebindings.libvirt;

/** Hears when a connection is lost. */
@FunctionalInterface
public interface ConnectionLostListener {
    /**
     * The connection is lost; it never works again. Called on the thread of the {@link
     * LibvirtEventLoop}: hand over and return, do not close the connection here.
     *
     * @param reason 0 an error, 1 the other end closed, 2 keepalive, 3 this end closed
     */
    void lost(int reason);
}
