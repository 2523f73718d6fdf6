package org.foreshape.nativebindings.libvirt;

import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virConnectDomainEventDeregisterAny;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virConnectDomainEventRegisterAny;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virConnectRegisterCloseCallback;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virConnectUnregisterCloseCallback;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The listeners of one connection. libvirt knows a function once per connection and kind of event,
 * so there is one registration, made for the first listener and ended with the connection, and the
 * listeners share it.
 *
 * <p>Registering holds this object's monitor during libvirt calls; delivering never takes it.
 */
final class ConnectionEvents {
    static final int EVENT_LIFECYCLE = 0;
    static final int EVENT_BALLOON_CHANGE = 13;
    static final int EVENT_MEMORY_DEVICE_SIZE_CHANGE = 26;

    private final LibvirtHandle connection;
    private final List<DomainEventListener> domainListeners = new CopyOnWriteArrayList<>();
    private final List<ConnectionLostListener> lostListeners = new CopyOnWriteArrayList<>();
    private final List<Integer> callbackIds = new ArrayList<>(3);
    private boolean watchesLoss;
    private @Nullable MemorySegment token;

    ConnectionEvents(LibvirtHandle connection) {
        this.connection = connection;
    }

    /** Who hears of domains; read on the event loop's thread. */
    Iterable<DomainEventListener> domainListeners() {
        return domainListeners;
    }

    /** Who hears of the loss; read on the event loop's thread. */
    Iterable<ConnectionLostListener> lostListeners() {
        return lostListeners;
    }

    synchronized LibvirtSubscription subscribe(DomainEventListener listener) {
        if (callbackIds.isEmpty()) {
            MemorySegment opaque = token();
            try {
                register(EVENT_LIFECYCLE, EventStubs.LIFECYCLE, opaque);
                register(EVENT_BALLOON_CHANGE, EventStubs.BALLOON, opaque);
                register(EVENT_MEMORY_DEVICE_SIZE_CHANGE, EventStubs.MEMORY_DEVICE, opaque);
            } catch (RuntimeException failed) {
                deregister();
                throw failed;
            }
        }
        domainListeners.add(listener);
        return () -> domainListeners.remove(listener);
    }

    synchronized LibvirtSubscription onLost(ConnectionLostListener listener) {
        if (!watchesLoss) {
            MemorySegment opaque = token();
            connection.call(
                    "virConnectRegisterCloseCallback",
                    () -> "",
                    p ->
                            virConnectRegisterCloseCallback(
                                    p, EventStubs.LOST, opaque, MemorySegment.NULL));
            watchesLoss = true;
        }
        lostListeners.add(listener);
        return () -> lostListeners.remove(listener);
    }

    /** Ends everything; the connection is about to be closed. */
    synchronized void close() {
        domainListeners.clear();
        lostListeners.clear();
        deregister();
        if (watchesLoss) {
            watchesLoss = false;
            quietly(
                    "virConnectUnregisterCloseCallback",
                    p -> virConnectUnregisterCloseCallback(p, EventStubs.LOST));
        }
        MemorySegment given = token;
        if (given != null) {
            EventStubs.forget(given);
            token = null;
        }
    }

    private MemorySegment token() {
        MemorySegment given = token;
        if (given == null) {
            given = EventStubs.register(this);
            token = given;
        }
        return given;
    }

    private void register(int event, MemorySegment stub, MemorySegment opaque) {
        callbackIds.add(
                connection.call(
                        "virConnectDomainEventRegisterAny",
                        () -> "event=" + event,
                        p ->
                                virConnectDomainEventRegisterAny(
                                        p,
                                        MemorySegment.NULL,
                                        event,
                                        stub,
                                        opaque,
                                        MemorySegment.NULL)));
    }

    private void deregister() {
        for (int callbackId : callbackIds) {
            quietly(
                    "virConnectDomainEventDeregisterAny",
                    p -> virConnectDomainEventDeregisterAny(p, callbackId));
        }
        callbackIds.clear();
    }

    private void quietly(String call, ToIntFunction<MemorySegment> function) {
        try {
            connection.call(call, () -> "", function);
        } catch (LibvirtException lost) {
            // A lost connection has no callbacks left to end, and nobody listens any more.
        }
    }
}
