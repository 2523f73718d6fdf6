package org.foreshape.numasculptor;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import org.foreshape.nativebindings.libvirt.LibvirtDomain;
import org.foreshape.nativebindings.libvirt.LibvirtException;
import org.foreshape.nativebindings.libvirt.LibvirtFlags;
import org.foreshape.nativebindings.libvirt.TypedParameters;

/**
 * Pins a running domain of libvirt: its vCPUs, its emulator threads and, by {@link #bind}, the
 * nodes of its memory. How it was before the first pin is kept with the domain, so that another
 * process can bring it back: {@link #takeBack}. May block as libvirt's calls do: platform threads
 * only.
 *
 * @see <a href="https://libvirt.org/html/libvirt-libvirt-domain.html">virDomainPinVcpuFlags,
 *     virDomainPinEmulator, virDomainSetNumaParameters</a>
 */
public final class LibvirtPinning implements Pinning {
    private static final String NODESET = "numa_nodeset";
    private static final String MODE = "numa_mode";

    /** virDomainNumatuneMemMode: in this one alone a running domain may be bound again. */
    private static final int MODE_RESTRICTIVE = 3;

    private static final int LIVE = LibvirtFlags.AFFECT_LIVE;

    private final LibvirtDomain domain;
    private final int hostCpuCount;
    private final int pid;

    /**
     * Pins a domain.
     *
     * @param domain stays the caller's
     * @param hostCpuCount CPUs of the host
     * @param pid its process
     */
    public LibvirtPinning(LibvirtDomain domain, int hostCpuCount, int pid) {
        this.domain = domain;
        this.hostCpuCount = hostCpuCount;
        this.pid = pid;
    }

    /**
     * Whether a domain was pinned and that was not taken back yet, by whatever process.
     *
     * @param domain stays the caller's
     * @return true when {@link #takeBack} has something to do
     * @throws LibvirtException its metadata cannot be read
     */
    public static boolean isPinned(LibvirtDomain domain) {
        return FormerPins.of(domain).isPresent();
    }

    /**
     * Brings back what was before the first pin.
     *
     * @return false when it was never pinned, or that was taken back before
     * @throws RuntimeException as {@link #pin}
     */
    public boolean takeBack() {
        Optional<FormerPins> former = FormerPins.of(domain);
        former.ifPresent(this::bringBack);
        return former.isPresent();
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
    public Runnable pin(List<Integer> cpus) {
        FormerPins before = former();
        BitSet wanted = CpuList.bits(cpus);
        try {
            for (int vcpu = 0; vcpu < before.vcpus().size(); vcpu++) {
                domain.pinVcpu(vcpu, wanted, LIVE);
            }
            domain.pinEmulator(wanted, LIVE);
        } catch (LibvirtException e) {
            throw takenBack(before, e);
        }
        return () -> bringBack(before);
    }

    @Override
    public Optional<String> bindLack() {
        try {
            TypedParameters now = domain.numaParameters(LIVE);
            return nodesOf(now).isEmpty() || now.getLong(MODE) == MODE_RESTRICTIVE
                    ? Optional.empty()
                    : Optional.of(
                            "libvirt binds the memory of a running domain only where its <numatune>"
                                    + " is restrictive or absent");
        } catch (LibvirtException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public Runnable bind(int node) {
        FormerPins before = former();
        setNodes(Integer.toString(node));
        return () -> setNodes(before.nodes());
    }

    /** What is stored; else what is now, which is stored first: this process may die any time. */
    private FormerPins former() {
        return FormerPins.of(domain)
                .orElseGet(() -> {
                    FormerPins now = now();
                    now.store(domain);
                    return now;
                });
    }

    private FormerPins now() {
        List<List<Integer>> vcpus = new ArrayList<>();
        int count = domain.vcpus(LIVE);
        for (int vcpu = 0; vcpu < count; vcpu++) {
            vcpus.add(CpuList.numbers(domain.vcpuPin(vcpu, hostCpuCount, LIVE)));
        }
        return new FormerPins(
                vcpus, CpuList.numbers(domain.emulatorPin(hostCpuCount, LIVE)), nodesNow());
    }

    /** As libvirt has bound it; else those that the kernel allows it, which are then all. */
    private String nodesNow() {
        String bound = "";
        try {
            bound = nodesOf(domain.numaParameters(LIVE));
        } catch (LibvirtException unknown) {
            // libvirt cannot bind this domain at all, so it will not have to bring anything back.
        }
        return bound.isEmpty() ? ProcessReader.ofThisMachine().allowedNodes(pid) : bound;
    }

    private static String nodesOf(TypedParameters parameters) {
        return parameters.names().contains(NODESET) ? parameters.getString(NODESET) : "";
    }

    private void bringBack(FormerPins former) {
        // Memory first, so that a move back finds its nodes allowed.
        if (!former.nodes().equals(nodesNow())) {
            setNodes(former.nodes());
        }
        int count = Math.min(former.vcpus().size(), domain.vcpus(LIVE));
        for (int vcpu = 0; vcpu < count; vcpu++) {
            domain.pinVcpu(vcpu, CpuList.bits(former.vcpus().get(vcpu)), LIVE);
        }
        domain.pinEmulator(CpuList.bits(former.emulator()), LIVE);
        FormerPins.forget(domain);
    }

    private LibvirtException takenBack(FormerPins before, LibvirtException failure) {
        try {
            bringBack(before);
        } catch (LibvirtException second) {
            failure.addSuppressed(second);
        }
        return failure;
    }

    /** Restrictive from the first time on, since any other mode could not be taken back. */
    private void setNodes(String nodes) {
        TypedParameters set = new TypedParameters();
        if (nodesOf(domain.numaParameters(LIVE)).isEmpty()) {
            set.putInt(MODE, MODE_RESTRICTIVE);
        }
        domain.setNumaParameters(set.putString(NODESET, nodes), LIVE);
    }
}
