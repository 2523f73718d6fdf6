package org.foreshape.nativebindings.libvirt;

import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainGetUUID;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import org.foreshape.nativebindings.generated.libvirt.virConnectCloseFunc;
import org.foreshape.nativebindings.generated.libvirt.virConnectDomainEventBalloonChangeCallback;
import org.foreshape.nativebindings.generated.libvirt.virConnectDomainEventCallback;
import org.foreshape.nativebindings.generated.libvirt.virConnectDomainEventMemoryDeviceSizeChangeCallback;
import org.foreshape.nativebindings.internal.RawMemory;
import org.foreshape.nativebindings.internal.Scratch;

/**
 * The functions that libvirt calls. There is one stub per kind of event, for ever, since libvirt
 * may call one even after it was deregistered; which connection is meant is a number in the opaque
 * pointer, and a number that is forgotten is nobody's.
 *
 * <p>An exception that left a stub would end the JVM, so each catches everything.
 */
final class EventStubs {
    static final MemorySegment LIFECYCLE =
            virConnectDomainEventCallback.allocate(EventStubs::lifecycle, Arena.global());
    static final MemorySegment BALLOON =
            virConnectDomainEventBalloonChangeCallback.allocate(
                    EventStubs::balloonChange, Arena.global());
    static final MemorySegment MEMORY_DEVICE =
            virConnectDomainEventMemoryDeviceSizeChangeCallback.allocate(
                    EventStubs::memoryDeviceSizeChange, Arena.global());
    static final MemorySegment LOST =
            virConnectCloseFunc.allocate(EventStubs::lost, Arena.global());

    private static final Map<Long, ConnectionEvents> CONNECTIONS = new ConcurrentHashMap<>();
    private static final AtomicLong NEXT_TOKEN = new AtomicLong(1);

    private EventStubs() {}

    /** Gives a connection a number, as an opaque pointer. */
    static MemorySegment register(ConnectionEvents connection) {
        long token = NEXT_TOKEN.getAndIncrement();
        CONNECTIONS.put(token, connection);
        return MemorySegment.ofAddress(token);
    }

    static void forget(MemorySegment token) {
        CONNECTIONS.remove(token.address());
    }

    static int connectionCount() {
        return CONNECTIONS.size();
    }

    private static int lifecycle(
            MemorySegment connection,
            MemorySegment domain,
            int event,
            int detail,
            MemorySegment token) {
        deliver(
                domain,
                token,
                (listener, uuid) ->
                        listener.lifecycle(
                                DomainUuid.high(uuid), DomainUuid.low(uuid), event, detail));
        return 0;
    }

    private static void balloonChange(
            MemorySegment connection, MemorySegment domain, long actualKib, MemorySegment token) {
        deliver(
                domain,
                token,
                (listener, uuid) ->
                        listener.balloonChange(
                                DomainUuid.high(uuid), DomainUuid.low(uuid), actualKib));
    }

    private static void memoryDeviceSizeChange(
            MemorySegment connection,
            MemorySegment domain,
            MemorySegment alias,
            long size,
            MemorySegment token) {
        deliver(
                domain,
                token,
                (listener, uuid) ->
                        listener.memoryDeviceSizeChange(
                                DomainUuid.high(uuid),
                                DomainUuid.low(uuid),
                                RawMemory.getString(alias.address()),
                                size));
    }

    private static void lost(MemorySegment connection, int reason, MemorySegment token) {
        try {
            ConnectionEvents events = CONNECTIONS.get(token.address());
            if (events != null) {
                for (ConnectionLostListener listener : events.lostListeners()) {
                    try {
                        listener.lost(reason);
                    } catch (Throwable thrown) {
                        report(thrown);
                    }
                }
            }
        } catch (Throwable thrown) {
            report(thrown);
        }
    }

    private static void deliver(
            MemorySegment domain,
            MemorySegment token,
            BiConsumer<DomainEventListener, MemorySegment> event) {
        try {
            ConnectionEvents events = CONNECTIONS.get(token.address());
            MemorySegment uuid = Scratch.buffer();
            if (events != null && virDomainGetUUID(domain, uuid) == 0) {
                for (DomainEventListener listener : events.domainListeners()) {
                    try {
                        event.accept(listener, uuid);
                    } catch (Throwable thrown) {
                        report(thrown);
                    }
                }
            }
        } catch (Throwable thrown) {
            report(thrown);
        }
    }

    private static void report(Throwable thrown) {
        try {
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, thrown);
        } catch (Throwable handlerFailed) {
            // Nothing is left to tell it to, and it must not reach C.
        }
    }
}
