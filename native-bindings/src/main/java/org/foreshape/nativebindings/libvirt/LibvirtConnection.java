package org.foreshape.nativebindings.libvirt;

import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virConnectClose;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virConnectGetCapabilities;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virConnectGetHostname;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virConnectGetLibVersion;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virConnectGetURI;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virConnectIsAlive;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virConnectOpen;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virConnectOpenReadOnly;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virConnectSetKeepAlive;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virNodeGetInfo;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.UUID;
import org.foreshape.nativebindings.generated.libvirt.virNodeInfo;
import org.foreshape.nativebindings.internal.Scratch;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a hypervisor's libvirt.
 *
 * <p>Every call but {@link #uri} and {@link #close} may block for as long as the hypervisor takes,
 * minutes for a domain that migrates: call from a platform thread of your own with a deadline.
 * Several threads may call at once: where there is a daemon, each has a connection of its own to it
 * for the length of its call, opened when it is first needed ({@link Lines} says why). A call on a
 * closed connection throws {@link IllegalStateException}, a failed one {@link LibvirtException}.
 *
 * @see <a href="https://libvirt.org/html/libvirt-libvirt-host.html">libvirt-host</a>
 */
public final class LibvirtConnection implements AutoCloseable {
    private static final int NODE_MODEL_LENGTH = 32;

    private final String requestedUri;

    /** Carries events and keepalive. */
    private final LibvirtHandle first;

    /** Carries calls. */
    private final LibvirtHandle handle;

    /** Null where the driver is in this process and a second connection may be another world. */
    private final @Nullable Lines lines;

    private final ConnectionEvents events;
    private final ConnectionStats stats;
    private final DomainFinder finder;

    private LibvirtConnection(
            String requestedUri, boolean readOnly, MemorySegment pointer, LibvirtLibrary library) {
        this.requestedUri = requestedUri;
        String name = "connection to " + requestedUri;
        this.first = new LibvirtHandle(name, pointer, p -> virConnectClose(p));
        if (isRemote(pointer)) {
            Lines own = new Lines(name, () -> openPointer(requestedUri, readOnly));
            this.lines = own;
            this.handle =
                    new LibvirtHandle(
                            name, own, (self, line) -> line.connection(), self -> own.close());
        } else {
            this.lines = null;
            this.handle = first;
        }
        this.events = new ConnectionEvents(first);
        this.stats = new ConnectionStats(handle);
        this.finder = new DomainFinder(handle, library, lines);
    }

    /**
     * Connects for reading and changing. Blocks.
     *
     * @param uri for instance {@code qemu:///system} or {@code test:///default}
     * @return the connection; the caller closes it
     * @throws org.foreshape.nativebindings.NativeUnavailableException libvirt is not installed
     * @throws LibvirtException nobody answers at that URI, or refuses
     */
    public static LibvirtConnection open(String uri) {
        return open(uri, false);
    }

    /**
     * Connects for reading only. Blocks.
     *
     * @param uri for instance {@code qemu:///system} or {@code test:///default}
     * @return the connection; the caller closes it
     * @throws org.foreshape.nativebindings.NativeUnavailableException libvirt is not installed
     * @throws LibvirtException nobody answers at that URI, or refuses
     */
    public static LibvirtConnection openReadOnly(String uri) {
        return open(uri, true);
    }

    private static LibvirtConnection open(String uri, boolean readOnly) {
        LibvirtLibrary library = LibvirtLibrary.open();
        if (Thread.currentThread().isVirtual()) {
            throw new IllegalStateException(
                    "call libvirt from a platform thread, not a virtual one");
        }
        return new LibvirtConnection(uri, readOnly, openPointer(uri, readOnly), library);
    }

    private static MemorySegment openPointer(String uri, boolean readOnly) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment name = call.allocateFrom(uri);
            MemorySegment pointer = readOnly ? virConnectOpenReadOnly(name) : virConnectOpen(name);
            if (pointer.address() == 0) {
                throw LibvirtException.last(
                        readOnly ? "virConnectOpenReadOnly" : "virConnectOpen", "uri=" + uri);
            }
            return pointer;
        }
    }

    /** Whether a daemon is at the other end: only then is there a keepalive to be turned off. */
    private static boolean isRemote(MemorySegment pointer) {
        return virConnectSetKeepAlive(pointer, 0, 0) >= 0
                || LibvirtException.last("virConnectSetKeepAlive", "").code()
                        != LibvirtException.NO_SUPPORT;
    }

    /**
     * The URI as the caller gave it.
     *
     * @return the URI
     */
    public String uri() {
        return requestedUri;
    }

    /**
     * The URI as libvirt resolved it.
     *
     * @return the canonical URI
     */
    public String canonicalUri() {
        return LibvirtStrings.take(
                handle.find("virConnectGetURI", this::uriArgument, p -> virConnectGetURI(p)));
    }

    /**
     * The host's name.
     *
     * @return the name
     */
    public String hostname() {
        return LibvirtStrings.take(
                handle.find(
                        "virConnectGetHostname", this::uriArgument, p -> virConnectGetHostname(p)));
    }

    /**
     * What the host and its hypervisor can do.
     *
     * @return the capabilities as XML
     */
    public String capabilitiesXml() {
        return LibvirtStrings.take(
                handle.find(
                        "virConnectGetCapabilities",
                        this::uriArgument,
                        p -> virConnectGetCapabilities(p)));
    }

    /**
     * The version of libvirt at the other end.
     *
     * @return major * 1 000 000 + minor * 1 000 + release
     */
    public long libraryVersion() {
        MemorySegment version = Scratch.buffer();
        handle.call(
                "virConnectGetLibVersion",
                this::uriArgument,
                p -> virConnectGetLibVersion(p, version));
        return version.get(ValueLayout.JAVA_LONG, 0);
    }

    /**
     * Whether the connection works. Looks at the socket and at keepalive, asks nobody.
     *
     * @return false once it is lost or closed
     */
    public boolean isAlive() {
        if (first.isClosed()) {
            return false;
        }
        return first.call("virConnectIsAlive", this::uriArgument, p -> virConnectIsAlive(p)) == 1;
    }

    /**
     * Has the other end asked now and then whether it lives; the event loop must run for that.
     *
     * @param intervalSeconds seconds between questions; 0 or less for none
     * @param count unanswered ones after which the connection counts as lost
     * @return false when the other end does not know keepalive
     * @throws LibvirtException the driver has no remote end (the test driver)
     */
    public boolean keepAlive(int intervalSeconds, int count) {
        Lines own = lines;
        if (own != null) {
            own.keepAlive(intervalSeconds, count);
        }
        int result =
                first.call(
                        "virConnectSetKeepAlive",
                        () -> "interval=" + intervalSeconds + " s, count=" + count,
                        p -> virConnectSetKeepAlive(p, intervalSeconds, count));
        return result == 0;
    }

    /**
     * The host.
     *
     * @return memory and CPUs
     */
    public NodeInfo nodeInfo() {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment info = virNodeInfo.allocate(call);
            handle.call("virNodeGetInfo", this::uriArgument, p -> virNodeGetInfo(p, info));
            return new NodeInfo(
                    info.asSlice(0, NODE_MODEL_LENGTH).getString(0),
                    virNodeInfo.memory(info),
                    virNodeInfo.cpus(info),
                    virNodeInfo.mhz(info),
                    virNodeInfo.nodes(info),
                    virNodeInfo.sockets(info),
                    virNodeInfo.cores(info),
                    virNodeInfo.threads(info));
        }
    }

    /**
     * The active domains.
     *
     * @return handles, each to be closed by the caller
     */
    public List<LibvirtDomain> activeDomains() {
        return finder.list(LibvirtFlags.LIST_ACTIVE);
    }

    /**
     * The domains that match.
     *
     * @param flags of {@code LibvirtFlags.LIST_*}, 0 for all
     * @return handles, each to be closed by the caller
     */
    public List<LibvirtDomain> domains(int flags) {
        return finder.list(flags);
    }

    /**
     * Finds a domain by name.
     *
     * @param name its name
     * @return its handle; the caller closes it
     * @throws LibvirtException with {@link LibvirtException#NO_DOMAIN} when there is none
     */
    public LibvirtDomain domainByName(String name) {
        return finder.byName(name);
    }

    /**
     * Finds a domain by UUID.
     *
     * @param uuid its UUID
     * @return its handle; the caller closes it
     * @throws LibvirtException with {@link LibvirtException#NO_DOMAIN} when there is none
     */
    public LibvirtDomain domainByUuid(UUID uuid) {
        return finder.byUuid(uuid);
    }

    /**
     * Finds an active domain by its number.
     *
     * @param id its number
     * @return its handle; the caller closes it
     * @throws LibvirtException with {@link LibvirtException#NO_DOMAIN} when there is none
     */
    public LibvirtDomain domainById(int id) {
        return finder.byId(id);
    }

    /**
     * Samples all domains. The cost is one question to each hypervisor process, one after the
     * other.
     *
     * @param statsMask of {@code LibvirtFlags.STATS_*}; 0 for all
     * @param flags of {@code LibvirtFlags.STATS_FLAG_*}
     * @param sink takes the figures, on this thread
     * @return how many domains there were
     */
    public int allDomainStats(int statsMask, int flags, DomainStatsSink sink) {
        return stats.all(statsMask, flags, sink);
    }

    /**
     * Samples one domain.
     *
     * @param domain of this connection
     * @param statsMask of {@code LibvirtFlags.STATS_*}; 0 for all
     * @param flags of {@code LibvirtFlags.STATS_FLAG_*}
     * @param sink takes the figures, on this thread
     * @return 1, or 0 when the domain is gone or filtered out
     */
    public int domainStats(LibvirtDomain domain, int statsMask, int flags, DomainStatsSink sink) {
        return stats.one(domain, statsMask, flags, sink);
    }

    /**
     * Samples some domains with one call.
     *
     * @param domains of this connection
     * @param statsMask of {@code LibvirtFlags.STATS_*}; 0 for all
     * @param flags of {@code LibvirtFlags.STATS_FLAG_*}
     * @param sink takes the figures, on this thread
     * @return how many domains were sampled
     */
    public int domainStats(
            List<LibvirtDomain> domains, int statsMask, int flags, DomainStatsSink sink) {
        return stats.some(domains, statsMask, flags, sink);
    }

    /**
     * Hears of domain events from now on, on the thread of the {@link LibvirtEventLoop}.
     *
     * @param listener hears; must hand over and return
     * @return ends the hearing when closed; closing the connection does so too
     */
    public LibvirtSubscription subscribe(DomainEventListener listener) {
        return events.subscribe(listener);
    }

    /**
     * Hears when the connection is lost, once, on the thread of the {@link LibvirtEventLoop}.
     *
     * @param listener hears; must hand over and return
     * @return ends the hearing when closed; closing the connection does so too
     */
    public LibvirtSubscription onLost(ConnectionLostListener listener) {
        return events.onLost(listener);
    }

    /**
     * Ends all subscriptions and closes the connection once the calls under way have returned.
     * Idempotent. Blocks for as long as unsubscribing takes.
     */
    @Override
    public void close() {
        if (!first.isClosed()) {
            events.close();
        }
        handle.close();
        first.close();
    }

    /**
     * How many connections carry calls: as many as threads that ever called at once, less those
     * that were given up.
     *
     * @return 0 where the driver is in this process
     */
    public int callConnectionCount() {
        Lines own = lines;
        return own == null ? 0 : own.count();
    }

    private String uriArgument() {
        return "uri=" + requestedUri;
    }
}
