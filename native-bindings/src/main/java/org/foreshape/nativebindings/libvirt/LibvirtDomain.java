package org.foreshape.nativebindings.libvirt;

import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainBlockResize;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainFree;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainGetEmulatorPinInfo;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainGetID;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainGetInfo;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainGetMetadata;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainGetName;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainGetNumaParameters;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainGetSchedulerParametersFlags;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainGetUUID;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainGetVcpuPinInfo;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainGetVcpusFlags;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainGetXMLDesc;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainIsActive;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainMemoryStats;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainPinEmulator;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainPinVcpuFlags;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainSetMemoryFlags;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainSetMemoryStatsPeriod;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainSetMetadata;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainSetNumaParameters;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainSetSchedulerParametersFlags;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainSetVcpusFlags;
import static org.foreshape.nativebindings.generated.libvirt.Libvirt.virDomainUpdateDeviceFlags;
import static org.foreshape.nativebindings.generated.libvirtqemu.LibvirtQemu.virDomainQemuAgentCommand;
import static org.foreshape.nativebindings.generated.libvirtqemu.LibvirtQemu.virDomainQemuMonitorCommand;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.BitSet;
import java.util.UUID;
import org.foreshape.nativebindings.generated.libvirt.virDomainInfo;
import org.foreshape.nativebindings.generated.libvirt.virDomainMemoryStatStruct;
import org.foreshape.nativebindings.generated.libvirt.virTypedParameter;
import org.foreshape.nativebindings.internal.RawMemory;
import org.foreshape.nativebindings.internal.Scratch;
import org.jspecify.annotations.Nullable;

/**
 * A domain of a {@link LibvirtConnection}. The handle names the domain, running or not; it stays
 * usable when the domain stops, its calls then fail.
 *
 * <p>Every call but {@link #name}, {@link #uuid} and {@link #close} may block for as long as the
 * hypervisor takes, minutes while a job such as a migration holds the domain: call from a platform
 * thread of your own with a deadline. Several threads may call at once. A call on a closed handle
 * throws {@link IllegalStateException}, a failed one {@link LibvirtException}. Flags are of {@link
 * LibvirtFlags}.
 *
 * <p>The class is over 400 lines because it is the list of what can be asked of a domain.
 *
 * @see <a href="https://libvirt.org/html/libvirt-libvirt-domain.html">libvirt-domain</a>
 */
public final class LibvirtDomain implements AutoCloseable {
    private static final int METADATA_ELEMENT = 2;
    private static final int UUID_BYTES = 16;

    /** libvirtd refuses to be asked for more than 16; no driver has as many. */
    private static final int PARAMETERS_MAX = 16;

    private final LibvirtHandle handle;
    private final LibvirtLibrary library;
    private final String name;
    private final UUID uuid;
    private final int id;

    private LibvirtDomain(
            LibvirtHandle handle, LibvirtLibrary library, String name, UUID uuid, int id) {
        this.handle = handle;
        this.library = library;
        this.name = name;
        this.uuid = uuid;
        this.id = id;
    }

    /**
     * Takes over a domain pointer; name, UUID and number lie in it, so this asks nobody.
     *
     * @param lines those of its connection, one of which the calling thread holds; null without
     */
    static LibvirtDomain of(MemorySegment pointer, LibvirtLibrary library, @Nullable Lines lines) {
        MemorySegment rawUuid = Scratch.buffer().asSlice(0, UUID_BYTES);
        MemorySegment rawName = virDomainGetName(pointer);
        if (rawName.address() == 0 || virDomainGetUUID(pointer, rawUuid) < 0) {
            LibvirtException failed = LibvirtException.last("virDomainGetName", "");
            virDomainFree(pointer);
            throw failed;
        }
        String name = RawMemory.getString(rawName.address());
        UUID uuid = new UUID(DomainUuid.high(rawUuid), DomainUuid.low(rawUuid));
        int id = virDomainGetID(pointer);
        return new LibvirtDomain(handle(pointer, name, uuid, lines), library, name, uuid, id);
    }

    private static LibvirtHandle handle(
            MemorySegment pointer, String name, UUID uuid, @Nullable Lines lines) {
        if (lines == null) {
            return new LibvirtHandle("domain " + name, pointer, p -> virDomainFree(p));
        }
        LibvirtHandle handle =
                new LibvirtHandle(
                        "domain " + name,
                        lines,
                        (self, line) -> line.domain(self, name, uuid),
                        lines::forget);
        lines.enter().adopt(handle, pointer);
        lines.leave();
        return handle;
    }

    LibvirtHandle handle() {
        return handle;
    }

    /**
     * The domain's name.
     *
     * @return as it was when this handle was made
     */
    public String name() {
        return name;
    }

    /**
     * The domain's UUID.
     *
     * @return which never changes
     */
    public UUID uuid() {
        return uuid;
    }

    /**
     * The domain's number as it was when this handle was made.
     *
     * @return the number, or -1 for a domain that was off
     */
    public int id() {
        return id;
    }

    /**
     * Whether the domain runs (or is paused).
     *
     * @return false when it is off
     */
    public boolean isActive() {
        return handle.call("virDomainIsActive", this::self, p -> virDomainIsActive(p)) == 1;
    }

    /**
     * The domain at a glance.
     *
     * @return state, memory, vCPUs and CPU time
     */
    public DomainInfo info() {
        MemorySegment self = handle.acquire();
        try {
            MemorySegment info = Scratch.buffer();
            if (virDomainGetInfo(self, info) < 0) {
                throw LibvirtException.last("virDomainGetInfo", self());
            }
            return new DomainInfo(
                    virDomainInfo.state(info) & 0xff,
                    virDomainInfo.maxMem(info),
                    virDomainInfo.memory(info),
                    virDomainInfo.nrVirtCpu(info) & 0xffff,
                    virDomainInfo.cpuTime(info));
        } finally {
            handle.release();
        }
    }

    /**
     * Asks for the memory statistics. Does not allocate. Figures other than the balloon's size and
     * the RSS are the guest's last report, which is as old as {@link
     * LibvirtFlags#MEMORY_LAST_UPDATE} says; a domain whose statistics period is 0 gives its last
     * one for ever.
     *
     * @param byTag receives each figure at its {@code LibvirtFlags.MEMORY_*}, and -1 where there is
     *     none; at least {@link LibvirtFlags#MEMORY_STAT_COUNT} long
     * @return how many figures there were
     */
    public int memoryStats(long[] byTag) {
        if (byTag.length < LibvirtFlags.MEMORY_STAT_COUNT) {
            throw new IllegalArgumentException(
                    "byTag must hold "
                            + LibvirtFlags.MEMORY_STAT_COUNT
                            + " figures, not "
                            + byTag.length);
        }
        Arrays.fill(byTag, -1);
        MemorySegment self = handle.acquire();
        try {
            MemorySegment stats = Scratch.buffer();
            int count = virDomainMemoryStats(self, stats, LibvirtFlags.MEMORY_STAT_COUNT, 0);
            if (count < 0) {
                throw LibvirtException.last("virDomainMemoryStats", self());
            }
            long strideBytes = virDomainMemoryStatStruct.sizeof();
            for (int i = 0; i < count; i++) {
                int tag =
                        stats.get(
                                ValueLayout.JAVA_INT,
                                i * strideBytes + virDomainMemoryStatStruct.tag$offset());
                if (tag >= 0 && tag < LibvirtFlags.MEMORY_STAT_COUNT) {
                    byTag[tag] =
                            stats.get(
                                    ValueLayout.JAVA_LONG,
                                    i * strideBytes + virDomainMemoryStatStruct.val$offset());
                }
            }
            return count;
        } finally {
            handle.release();
        }
    }

    /**
     * Sets how often the guest reports its memory. A step from 0 to 1 has it report at once. Does
     * not allocate.
     *
     * @param periodSeconds seconds between reports; 0 for none
     * @param flags of {@code AFFECT_*}
     */
    public void setMemoryStatsPeriod(int periodSeconds, int flags) {
        MemorySegment self = handle.acquire();
        try {
            if (virDomainSetMemoryStatsPeriod(self, periodSeconds, flags) < 0) {
                throw LibvirtException.last(
                        "virDomainSetMemoryStatsPeriod",
                        self() + ", period=" + periodSeconds + " s, flags=" + flags);
            }
        } finally {
            handle.release();
        }
    }

    /**
     * Sets the balloon's target. Returns before the guest has followed, and says nothing when it
     * never does: watch the balloon's size.
     *
     * @param memoryKib what the guest shall have, KiB
     * @param flags of {@code AFFECT_*} and {@code MEM_MAXIMUM}
     */
    public void setMemory(long memoryKib, int flags) {
        handle.call(
                "virDomainSetMemoryFlags",
                () -> self() + ", memory=" + memoryKib + " KiB, flags=" + flags,
                p -> virDomainSetMemoryFlags(p, memoryKib, flags));
    }

    /**
     * Sets the number of vCPUs. Fewer may time out where the guest does not let go.
     *
     * @param vcpuCount 1 to the maximum
     * @param flags of {@code AFFECT_*} and {@code VCPU_*}
     */
    public void setVcpus(int vcpuCount, int flags) {
        handle.call(
                "virDomainSetVcpusFlags",
                () -> self() + ", vcpus=" + vcpuCount + ", flags=" + flags,
                p -> virDomainSetVcpusFlags(p, vcpuCount, flags));
    }

    /**
     * The number of vCPUs.
     *
     * @param flags of {@code AFFECT_*} and {@code VCPU_*}
     * @return the number
     */
    public int vcpus(int flags) {
        return handle.call(
                "virDomainGetVcpusFlags",
                () -> self() + ", flags=" + flags,
                p -> virDomainGetVcpusFlags(p, flags));
    }

    /**
     * The CPU scheduler's parameters: {@code cpu_shares}, {@code vcpu_period}, {@code vcpu_quota}
     * and others.
     *
     * @param flags of {@code AFFECT_*}
     * @return by name
     */
    public TypedParameters schedulerParameters(int flags) {
        return parameters(
                "virDomainGetSchedulerParametersFlags",
                flags,
                (self, array, count) ->
                        virDomainGetSchedulerParametersFlags(self, array, count, flags));
    }

    /**
     * Sets parameters of the CPU scheduler; others stay.
     *
     * @param parameters by name
     * @param flags of {@code AFFECT_*}
     */
    public void setSchedulerParameters(TypedParameters parameters, int flags) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment array = parameters.encode(call);
            handle.call(
                    "virDomainSetSchedulerParametersFlags",
                    () -> self() + ", parameters=" + parameters + ", flags=" + flags,
                    p -> virDomainSetSchedulerParametersFlags(p, array, parameters.size(), flags));
        }
    }

    /**
     * The NUMA parameters: {@code numa_nodeset} and {@code numa_mode}.
     *
     * @param flags of {@code AFFECT_*}
     * @return by name
     */
    public TypedParameters numaParameters(int flags) {
        return parameters(
                "virDomainGetNumaParameters",
                flags,
                (self, array, count) -> virDomainGetNumaParameters(self, array, count, flags));
    }

    /**
     * Sets NUMA parameters; memory of a running domain moves to the new nodes.
     *
     * @param parameters by name
     * @param flags of {@code AFFECT_*}
     */
    public void setNumaParameters(TypedParameters parameters, int flags) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment array = parameters.encode(call);
            handle.call(
                    "virDomainSetNumaParameters",
                    () -> self() + ", parameters=" + parameters + ", flags=" + flags,
                    p -> virDomainSetNumaParameters(p, array, parameters.size(), flags));
        }
    }

    /**
     * Ties a vCPU to CPUs of the host.
     *
     * @param vcpu its number
     * @param cpus the host's CPUs, not empty
     * @param flags of {@code AFFECT_*}
     */
    public void pinVcpu(int vcpu, BitSet cpus, int flags) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment map = cpuMap(call, cpus);
            handle.call(
                    "virDomainPinVcpuFlags",
                    () -> self() + ", vcpu=" + vcpu + ", cpus=" + cpus + ", flags=" + flags,
                    p -> virDomainPinVcpuFlags(p, vcpu, map, (int) map.byteSize(), flags));
        }
    }

    /**
     * The CPUs of the host that a vCPU is tied to.
     *
     * @param vcpu its number
     * @param hostCpuCount CPUs of the host
     * @param flags of {@code AFFECT_*}
     * @return the host's CPUs
     */
    public BitSet vcpuPin(int vcpu, int hostCpuCount, int flags) {
        int mapBytes = (hostCpuCount + 7) / 8;
        try (Arena call = Arena.ofConfined()) {
            MemorySegment maps = call.allocate((vcpu + 1L) * mapBytes);
            int count =
                    handle.call(
                            "virDomainGetVcpuPinInfo",
                            () -> self() + ", vcpus=" + (vcpu + 1) + ", flags=" + flags,
                            p -> virDomainGetVcpuPinInfo(p, vcpu + 1, maps, mapBytes, flags));
            if (count <= vcpu) {
                throw new IllegalArgumentException(
                        "domain " + name + " has " + count + " vCPUs, so none with number " + vcpu);
            }
            return bitSet(maps.asSlice((long) vcpu * mapBytes, mapBytes));
        }
    }

    /**
     * Ties the emulator's own threads to CPUs of the host.
     *
     * @param cpus the host's CPUs, not empty
     * @param flags of {@code AFFECT_*}
     */
    public void pinEmulator(BitSet cpus, int flags) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment map = cpuMap(call, cpus);
            handle.call(
                    "virDomainPinEmulator",
                    () -> self() + ", cpus=" + cpus + ", flags=" + flags,
                    p -> virDomainPinEmulator(p, map, (int) map.byteSize(), flags));
        }
    }

    /**
     * The CPUs of the host that the emulator's own threads are tied to.
     *
     * @param hostCpuCount CPUs of the host
     * @param flags of {@code AFFECT_*}
     * @return the host's CPUs
     */
    public BitSet emulatorPin(int hostCpuCount, int flags) {
        int mapBytes = (hostCpuCount + 7) / 8;
        try (Arena call = Arena.ofConfined()) {
            MemorySegment map = call.allocate(mapBytes);
            handle.call(
                    "virDomainGetEmulatorPinInfo",
                    () -> self() + ", flags=" + flags,
                    p -> virDomainGetEmulatorPinInfo(p, map, mapBytes, flags));
            return bitSet(map);
        }
    }

    /**
     * Grows a disk of the running domain. The guest sees the new size at once; its file system does
     * not grow by itself.
     *
     * @param disk target name ({@code vda}) or path
     * @param sizeBytes the new size
     */
    public void blockResize(String disk, long sizeBytes) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment text = call.allocateFrom(disk);
            handle.call(
                    "virDomainBlockResize",
                    () -> self() + ", disk=" + disk + ", size=" + sizeBytes + " bytes",
                    p -> virDomainBlockResize(p, text, sizeBytes, LibvirtFlags.BLOCK_RESIZE_BYTES));
        }
    }

    /**
     * Changes a device, for instance the requested size of a virtio-mem device. Returns before the
     * guest has followed.
     *
     * @param deviceXml the device's element
     * @param flags of {@code AFFECT_*}
     */
    public void updateDevice(String deviceXml, int flags) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment text = call.allocateFrom(deviceXml);
            handle.call(
                    "virDomainUpdateDeviceFlags",
                    () -> self() + ", xml=" + deviceXml + ", flags=" + flags,
                    p -> virDomainUpdateDeviceFlags(p, text, flags));
        }
    }

    /**
     * The domain's description.
     *
     * @param flags of {@code XML_*}
     * @return XML
     */
    public String xmlDesc(int flags) {
        return LibvirtStrings.take(
                handle.find(
                        "virDomainGetXMLDesc",
                        () -> self() + ", flags=" + flags,
                        p -> virDomainGetXMLDesc(p, flags)));
    }

    /**
     * The domain's metadata of a namespace.
     *
     * @param namespaceUri the namespace
     * @param flags of {@code AFFECT_*}
     * @return the element as XML, or null when there is none
     */
    public @Nullable String metadata(String namespaceUri, int flags) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment uri = call.allocateFrom(namespaceUri);
            return LibvirtStrings.take(
                    handle.find(
                            "virDomainGetMetadata",
                            () -> self() + ", uri=" + namespaceUri + ", flags=" + flags,
                            p -> virDomainGetMetadata(p, METADATA_ELEMENT, uri, flags)));
        } catch (LibvirtException failed) {
            if (failed.code() == LibvirtException.NO_DOMAIN_METADATA) {
                return null;
            }
            throw failed;
        }
    }

    /**
     * Sets the domain's metadata of a namespace.
     *
     * @param namespaceUri the namespace
     * @param prefix of the namespace in the stored XML
     * @param elementXml one element without that prefix; null removes what is there
     * @param flags of {@code AFFECT_*}
     */
    public void setMetadata(
            String namespaceUri, String prefix, @Nullable String elementXml, int flags) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment uri = call.allocateFrom(namespaceUri);
            MemorySegment key = call.allocateFrom(prefix);
            MemorySegment element =
                    elementXml == null ? MemorySegment.NULL : call.allocateFrom(elementXml);
            handle.call(
                    "virDomainSetMetadata",
                    () ->
                            self()
                                    + ", uri="
                                    + namespaceUri
                                    + ", key="
                                    + prefix
                                    + ", xml="
                                    + elementXml
                                    + ", flags="
                                    + flags,
                    p -> virDomainSetMetadata(p, METADATA_ELEMENT, element, key, uri, flags));
        }
    }

    /**
     * Sends a command to QEMU's monitor (QMP). It marks the domain as tainted.
     *
     * @param json the command
     * @param flags 0 for JSON, 1 for the human monitor
     * @return QEMU's answer
     * @throws org.foreshape.nativebindings.NativeUnavailableException libvirt-qemu is not installed
     */
    public String qemuMonitorCommand(String json, int flags) {
        library.requireQemuCalls();
        try (Arena call = Arena.ofConfined()) {
            MemorySegment command = call.allocateFrom(json);
            MemorySegment out = call.allocate(ValueLayout.ADDRESS);
            handle.call(
                    "virDomainQemuMonitorCommand",
                    () -> self() + ", command=" + json + ", flags=" + flags,
                    p -> virDomainQemuMonitorCommand(p, command, out, flags));
            return LibvirtStrings.take(out.get(ValueLayout.ADDRESS, 0));
        }
    }

    /**
     * Sends a command to the agent in the guest.
     *
     * @param json the command
     * @param timeoutSeconds seconds to wait; -2 for ever, -1 libvirt's default, 0 not at all
     * @return the agent's answer
     * @throws org.foreshape.nativebindings.NativeUnavailableException libvirt-qemu is not installed
     */
    public String qemuAgentCommand(String json, int timeoutSeconds) {
        library.requireQemuCalls();
        try (Arena call = Arena.ofConfined()) {
            MemorySegment command = call.allocateFrom(json);
            return LibvirtStrings.take(
                    handle.find(
                            "virDomainQemuAgentCommand",
                            () ->
                                    self()
                                            + ", command="
                                            + json
                                            + ", timeout="
                                            + timeoutSeconds
                                            + " s",
                            p -> virDomainQemuAgentCommand(p, command, timeoutSeconds, 0)));
        }
    }

    /** Frees the handle once the calls under way have returned. The domain runs on. Idempotent. */
    @Override
    public void close() {
        handle.close();
    }

    @Override
    public String toString() {
        return "LibvirtDomain[" + name + ", " + uuid + "]";
    }

    private interface ParameterCall {
        int apply(MemorySegment domain, MemorySegment array, MemorySegment count);
    }

    /** Asks for all parameters at once. */
    private TypedParameters parameters(String callName, int flags, ParameterCall function) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment count = call.allocate(ValueLayout.JAVA_INT);
            count.set(ValueLayout.JAVA_INT, 0, PARAMETERS_MAX);
            MemorySegment array = virTypedParameter.allocateArray(PARAMETERS_MAX, call);
            handle.call(
                    callName,
                    () -> self() + ", flags=" + flags,
                    p -> function.apply(p, array, count));
            return TypedParameters.decodeAndFreeTexts(array, count.get(ValueLayout.JAVA_INT, 0));
        }
    }

    private static MemorySegment cpuMap(Arena arena, BitSet cpus) {
        if (cpus.isEmpty()) {
            throw new IllegalArgumentException("cpus must not be empty");
        }
        return arena.allocateFrom(ValueLayout.JAVA_BYTE, cpus.toByteArray());
    }

    private static BitSet bitSet(MemorySegment map) {
        return BitSet.valueOf(map.toArray(ValueLayout.JAVA_BYTE));
    }

    private String self() {
        return "domain=" + name;
    }
}
