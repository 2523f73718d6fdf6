package org.foreshape.nativebindings.libvirt;

/** Hearing of events, until closed. */
public interface LibvirtSubscription extends AutoCloseable {
    /**
     * Ends the hearing. A call to the listener that is under way may still finish. Idempotent;
     * never blocks or throws. libvirt's own registration ends with the connection.
     */
    @Override
    void close();
}
