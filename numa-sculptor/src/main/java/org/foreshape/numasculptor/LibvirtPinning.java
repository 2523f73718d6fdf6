package org.foreshape.numasculptor;

import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.foreshape.nativebindings.libvirt.LibvirtDomain;
import org.foreshape.nativebindings.libvirt.LibvirtException;
import org.foreshape.nativebindings.libvirt.LibvirtFlags;
import org.foreshape.nativebindings.libvirt.TypedParameters;

/**
 * Pins a running domain of libvirt: its vCPUs, its emulator threads and, if wanted, its memory
 * policy. May block as libvirt's calls do: platform threads only.
 *
 * @see <a href="https://libvirt.org/html/libvirt-libvirt-domain.html">virDomainPinVcpuFlags,
 *     virDomainPinEmulator, virDomainSetNumaParameters</a>
 */
public final class LibvirtPinning implements Pinning {
    private static final String NODESET = "numa_nodeset";
    private static final int LIVE = LibvirtFlags.AFFECT_LIVE;

    private final LibvirtDomain domain;
    private final int hostCpuCount;
    private final boolean bindsMemory;

    /**
     * Pins a domain.
     *
     * @param domain stays the caller's
     * @param hostCpuCount CPUs of the host
     * @param bindsMemory whether its numatune nodeset follows too. libvirt allows that only for a
     *     domain started with {@code <numatune>} in strict mode, and the kernel may then move all
     *     of its memory at once, unpaced: leave it off unless that is wanted
     */
    public LibvirtPinning(LibvirtDomain domain, int hostCpuCount, boolean bindsMemory) {
        this.domain = domain;
        this.hostCpuCount = hostCpuCount;
        this.bindsMemory = bindsMemory;
    }

    @Override
    public Optional<String> lack() {
        try {
            return domain.isActive()
                    ? Optional.empty()
                    : Optional.of("domain " + domain.name() + " does not run");
        } catch (LibvirtException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public Runnable pin(List<Integer> cpus, int node) {
        BitSet wanted = CpuList.bits(cpus);
        Deque<Runnable> undo = new ArrayDeque<>();
        try {
            int vcpuCount = domain.vcpus(LIVE);
            for (int vcpu = 0; vcpu < vcpuCount; vcpu++) {
                int number = vcpu;
                BitSet before = domain.vcpuPin(vcpu, hostCpuCount, LIVE);
                domain.pinVcpu(vcpu, wanted, LIVE);
                undo.push(() -> domain.pinVcpu(number, before, LIVE));
            }
            BitSet emulator = domain.emulatorPin(hostCpuCount, LIVE);
            domain.pinEmulator(wanted, LIVE);
            undo.push(() -> domain.pinEmulator(emulator, LIVE));
            if (bindsMemory) {
                bindMemory(node, undo);
            }
        } catch (LibvirtException e) {
            undo.forEach(Runnable::run);
            throw e;
        }
        return () -> undo.forEach(Runnable::run);
    }

    private void bindMemory(int node, Deque<Runnable> undo) {
        TypedParameters before = domain.numaParameters(LIVE);
        domain.setNumaParameters(
                new TypedParameters().putString(NODESET, Integer.toString(node)), LIVE);
        if (before.names().contains(NODESET) && !before.getString(NODESET).isEmpty()) {
            TypedParameters old =
                    new TypedParameters().putString(NODESET, before.getString(NODESET));
            undo.push(() -> domain.setNumaParameters(old, LIVE));
        }
    }
}
