package org.foreshape.hypervisor.libvirt;

import java.nio.file.Path;
import java.util.List;
import javax.xml.stream.XMLStreamException;
import org.foreshape.hypervisor.VmDirectory;
import org.foreshape.hypervisor.VmDisks;
import org.foreshape.hypervisor.VmMemory;
import org.foreshape.hypervisor.VmRef;
import org.foreshape.nativebindings.libvirt.DomainInfo;
import org.foreshape.nativebindings.libvirt.LibvirtConnection;
import org.foreshape.nativebindings.libvirt.LibvirtDomain;
import org.foreshape.nativebindings.libvirt.LibvirtException;
import org.foreshape.nativebindings.libvirt.LibvirtFlags;
import org.foreshape.ring.act.ActOrder;
import org.foreshape.ring.event.OutcomeSection;
import org.foreshape.ring.event.OutcomeStatus;
import org.jspecify.annotations.Nullable;

/** Carries acts out, each on its lane's thread. */
final class Actions {
    /** How long a VM is watched closely after an act, to see what comes of it. */
    private static final long WATCH_NS = 3_000_000_000L;

    /** Longest wait for an answer of the guest's agent. */
    private static final int AGENT_TIMEOUT_S = 20;

    private final Surroundings around;
    private final Link link;
    private final Roster roster;

    Actions(Surroundings around, Link link, Roster roster) {
        this.around = around;
        this.link = link;
        this.roster = roster;
    }

    /** Does what the order says and sets what came of it. */
    void perform(ActOrder order, OutcomeSection outcome) {
        VmDirectory directory = around.directory();
        VmRef vm = directory.at(order.vmSlot, order.vmGeneration);
        VmWatch watch = vm == null ? null : roster.byUuid(vm.uuid());
        if (vm == null || watch == null || !watch.mayBe(vm)) {
            end(outcome, OutcomeStatus.VM_GONE, "no such VM runs any more");
            return;
        }
        LibvirtConnection connection = link.current();
        if (connection == null || !link.isConnected()) {
            end(
                    outcome,
                    OutcomeStatus.FAILED,
                    "libvirt at "
                            + around.settings().uri()
                            + " does not answer; it is tried again without a pause");
            return;
        }
        LibvirtDomain domain = watch.domain();
        try {
            switch (order.kind) {
                case RESIZE_MEMORY -> resizeMemory(watch, domain, order.amount, outcome);
                case RESIZE_VCPUS -> resizeVcpus(domain, order.amount, outcome);
                case RESIZE_STORAGE ->
                        end(
                                outcome,
                                OutcomeStatus.UNAVAILABLE,
                                "disks are not resized: a VM may have several, and its file systems"
                                        + " would not follow");
                case PREFAULT, SCULPT, PREWARM, UNSCULPT, RECLAIM ->
                        end(
                                outcome,
                                OutcomeStatus.UNAVAILABLE,
                                "libvirt does not touch single pages; acts on them go elsewhere");
            }
        } catch (LibvirtException e) {
            failed(connection, domain, e, outcome);
        } catch (IllegalStateException e) {
            end(
                    outcome,
                    OutcomeStatus.FAILED,
                    "libvirt went away before the act: " + e.getMessage());
        }
    }

    private void resizeMemory(
            VmWatch watch, LibvirtDomain domain, long amountKib, OutcomeSection outcome) {
        long maximumKib = watch.maximumKib();
        if (amountKib <= 0 || (maximumKib > 0 && amountKib > maximumKib)) {
            end(
                    outcome,
                    OutcomeStatus.FAILED,
                    amountKib + " KiB is not within 1 and the maximum of " + maximumKib + " KiB");
            return;
        }
        domain.setMemory(amountKib, LibvirtFlags.AFFECT_LIVE);
        watch.attend(around.clock().timeNs() + WATCH_NS);
        outcome.status = OutcomeStatus.DONE;
    }

    /**
     * libvirt 9 under emulation times out after 5 s when vCPUs are taken away, though the guest let
     * them go, and keeps the old count then; giving is safe. So fewer vCPUs are a risk that the
     * plan takes, not this class.
     */
    private static void resizeVcpus(LibvirtDomain domain, long amount, OutcomeSection outcome) {
        if (amount < 1 || amount > Short.MAX_VALUE) {
            end(outcome, OutcomeStatus.FAILED, amount + " vCPUs is not 1 or more");
            return;
        }
        domain.setVcpus((int) amount, LibvirtFlags.AFFECT_LIVE);
        outcome.status = OutcomeStatus.DONE;
    }

    /** Where the domain's memory lies; null when it is gone or its process is not found here. */
    @Nullable VmMemory memoryOf(int vmSlot, int vmGeneration) {
        VmRef vm = around.directory().at(vmSlot, vmGeneration);
        VmWatch watch = vm == null ? null : roster.byUuid(vm.uuid());
        if (vm == null || watch == null || !watch.mayBe(vm)) {
            return null;
        }
        long pid = QemuProcess.find(Path.of("/proc"), vm.uuid());
        if (pid < 0) {
            return null;
        }
        try {
            DomainInfo info = watch.domain().info();
            long heldKib = Math.max(0, info.maxMemoryKib() - info.memoryKib());
            DomainDescription described = DomainDescription.parse(watch.domain().xmlDesc(0));
            return new VmMemory.OfProcess(
                    (int) pid,
                    info.maxMemoryKib() * 1024,
                    heldKib * 1024,
                    described.freePageReported(),
                    watch.domain());
        } catch (LibvirtException | IllegalStateException | XMLStreamException e) {
            return null;
        }
    }

    /** Where the domain's disks lie, by its own description. */
    VmDisks disksOf(int vmSlot, int vmGeneration) {
        VmRef vm = around.directory().at(vmSlot, vmGeneration);
        VmWatch watch = vm == null ? null : roster.byUuid(vm.uuid());
        if (vm == null || watch == null || !watch.mayBe(vm)) {
            return VmDisks.none("no such VM runs any more");
        }
        if (!around.settings().isLocal()) {
            return VmDisks.none("the VM runs on another host");
        }
        LibvirtDomain domain = watch.domain();
        try {
            List<Path> images =
                    DomainDescription.parse(domain.xmlDesc(0)).diskPaths().stream()
                            .map(Path::of)
                            .toList();
            if (images.isEmpty()) {
                return VmDisks.none("the VM has no disk that is a file or device of this host");
            }
            return new VmDisks(
                    (int) Math.max(0, QemuProcess.find(Path.of("/proc"), vm.uuid())),
                    images,
                    json -> domain.qemuAgentCommand(json, AGENT_TIMEOUT_S),
                    "");
        } catch (LibvirtException | IllegalStateException | XMLStreamException e) {
            return VmDisks.none("libvirt does not tell its disks: " + e.getMessage());
        }
    }

    private void failed(
            LibvirtConnection connection,
            LibvirtDomain domain,
            LibvirtException e,
            OutcomeSection outcome) {
        OutcomeStatus status = OutcomeStatus.FAILED;
        if (e.code() == LibvirtException.NO_DOMAIN
                || (e.code() == LibvirtException.OPERATION_INVALID && !runs(domain))) {
            status = OutcomeStatus.VM_GONE;
            roster.look();
        } else {
            link.isLost(connection);
        }
        outcome.errorCode = e.code();
        end(outcome, status, e.libvirtMessage() + " (libvirt error " + e.code() + ")");
    }

    private static boolean runs(LibvirtDomain domain) {
        try {
            return domain.isActive();
        } catch (LibvirtException | IllegalStateException e) {
            return false;
        }
    }

    static void end(OutcomeSection outcome, OutcomeStatus status, String message) {
        outcome.status = status;
        outcome.message.set(message);
    }
}
