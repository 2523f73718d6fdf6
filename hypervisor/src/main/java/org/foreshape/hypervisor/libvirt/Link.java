package org.foreshape.hypervisor.libvirt;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.foreshape.nativebindings.NativeException;
import org.foreshape.nativebindings.libvirt.DomainEventListener;
import org.foreshape.nativebindings.libvirt.LibvirtConnection;
import org.foreshape.nativebindings.libvirt.LibvirtException;
import org.foreshape.ring.event.ControlKind;
import org.foreshape.ring.event.EventKind;
import org.foreshape.ring.event.Tick;
import org.jspecify.annotations.Nullable;

/**
 * The connection to libvirt: notices when it is lost, says so once, and gets another, at first
 * after 0.2 s and then with longer pauses up to 5 s.
 */
final class Link {
    private static final System.Logger LOG = System.getLogger(Link.class.getName());

    private static final long CHECK_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long RETRY_NS_MIN = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long RETRY_NS_MAX = TimeUnit.SECONDS.toNanos(5);
    private static final int KEEPALIVE_S = 5;
    private static final int KEEPALIVE_COUNT = 3;

    private final Surroundings around;
    private final Connector connector;
    private final DomainEventListener listener;
    private volatile @Nullable LibvirtConnection current;
    private volatile @Nullable LibvirtConnection lost;
    private volatile boolean connected;
    private volatile RoundPool.@Nullable Entry entry;
    private boolean saidLost;
    private long retryNs = RETRY_NS_MIN;
    private @Nullable Consumer<LibvirtConnection> rescan;

    Link(Surroundings around, Connector connector, DomainEventListener listener) {
        this.around = around;
        this.connector = connector;
        this.listener = listener;
    }

    /**
     * Takes the first connection and watches over it from now on.
     *
     * @param newRescan called with each later connection before it is said to be back
     */
    void start(LibvirtConnection first, Consumer<LibvirtConnection> newRescan) {
        rescan = newRescan;
        current = first;
        connected = true;
        entry = around.pool().add(this::round, around.pool().nowNs() + CHECK_NS);
    }

    /** Opens a connection with its events and keepalive. Blocks. */
    LibvirtConnection open() {
        LibvirtConnection opened = connector.open(around.settings().uri());
        boolean done = false;
        try {
            opened.subscribe(listener);
            try {
                opened.onLost(reason -> lose(opened));
                opened.keepAlive(KEEPALIVE_S, KEEPALIVE_COUNT);
            } catch (LibvirtException e) {
                // A driver inside this process has no other end that could be lost.
                if (e.code() != LibvirtException.NO_SUPPORT) {
                    throw e;
                }
            }
            done = true;
            return opened;
        } finally {
            if (!done) {
                opened.close();
            }
        }
    }

    /** The connection, or null while there is none. */
    @Nullable LibvirtConnection current() {
        return current;
    }

    /** Whether VMs are sampled and can be acted on. */
    boolean isConnected() {
        return connected;
    }

    /** Whether this connection is lost; call it when a call on it failed. */
    boolean isLost(LibvirtConnection connection) {
        if (connection == current && !isAlive(connection)) {
            lose(connection);
        }
        return connection != current;
    }

    /** Ends it without a word. */
    @Nullable LibvirtConnection end() {
        connected = false;
        LibvirtConnection last = current;
        current = null;
        return last;
    }

    private static boolean isAlive(LibvirtConnection connection) {
        try {
            return connection.isAlive();
        } catch (LibvirtException | IllegalStateException e) {
            return false;
        }
    }

    /** Never blocks: it is called on the event loop's thread, too. */
    private void lose(LibvirtConnection connection) {
        synchronized (this) {
            if (connection != current) {
                return;
            }
            current = null;
            lost = connection;
            connected = false;
        }
        RoundPool.Entry own = entry;
        if (own != null) {
            around.pool().hasten(own, around.pool().nowNs());
        }
    }

    private long round() {
        LibvirtConnection now = current;
        if (now != null && !isLost(now)) {
            sayBack();
            return around.pool().nowNs() + CHECK_NS;
        }
        if (!saidLost) {
            say(ControlKind.CONNECTION_LOST, "libvirt at " + around.settings().uri() + " is gone");
            saidLost = true;
        }
        LibvirtConnection old = lost;
        lost = null;
        if (old != null) {
            old.close();
        }
        LibvirtConnection opened = null;
        try {
            opened = open();
            current = opened;
            if (rescan != null) {
                rescan.accept(opened);
            }
        } catch (NativeException e) {
            if (opened != null) {
                current = null;
                opened.close();
            }
            long waitNs = retryNs;
            retryNs = Math.min(RETRY_NS_MAX, retryNs * 2);
            return around.pool().nowNs() + waitNs;
        }
        connected = true;
        retryNs = RETRY_NS_MIN;
        sayBack();
        around.loop().wake();
        return around.pool().nowNs() + CHECK_NS;
    }

    /** Each is said once, but when the ring took nothing it is said again. */
    private void sayBack() {
        if (saidLost) {
            say(ControlKind.CONNECTION_BACK, "libvirt at " + around.settings().uri() + " is back");
            saidLost = false;
        }
    }

    private void say(ControlKind kind, String text) {
        LOG.log(System.Logger.Level.WARNING, text);
        around.publisher().publish(tick -> write(tick, kind, text));
    }

    private void write(Tick tick, ControlKind kind, String text) {
        tick.begin(EventKind.CONTROL, around.clock().timeNs());
        tick.control.kind = kind;
        tick.control.text.set(text);
    }
}
