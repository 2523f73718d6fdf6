package org.foreshape.lab;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What a guest shall be. Made by {@link #builder(String)}.
 *
 * @param name short name, unique in its libvirtd: 1 to 16 of a-z, 0-9 and '-', a letter first
 * @param maxMib memory that it boots with and that its balloon can give at most, MiB
 * @param currentMib memory that its balloon leaves it from the start, MiB; at most {@code maxMib}
 * @param vcpus number of virtual CPUs
 * @param ram what its memory is on the host
 * @param autodeflate whether the balloon yields before the guest's kernel kills a process for want
 *     of memory
 * @param freePageReporting whether the guest hands free pages back to the host without being asked
 * @param statsPeriodS period of the balloon's statistics, whole seconds; 0: none
 * @param accelerator what runs its instructions
 * @param cpuModel {@code maximum}, {@code host-passthrough}, or the name of a CPU model of QEMU.
 *     Under TCG {@code qemu64} fills memory about twice as fast as {@code maximum} and boots with a
 *     third less CPU: it lacks the string instructions by which the guest's kernel clears pages,
 *     and which emulation does byte by byte
 * @param agent whether the QEMU guest agent runs in it
 * @param channels names of further virtio ports, each a unix socket of the host, see {@link
 *     Guest#channel(String)}
 * @param metadataXml content of the domain's {@code <metadata>}, elements with a namespace of their
 *     own; empty: none
 * @param devicesXml further elements of {@code <devices>}, such as disks; empty: none
 * @param environment variables of QEMU's environment
 */
public record GuestSpec(
        String name,
        int maxMib,
        int currentMib,
        int vcpus,
        RamKind ram,
        boolean autodeflate,
        boolean freePageReporting,
        int statsPeriodS,
        Accelerator accelerator,
        String cpuModel,
        boolean agent,
        List<String> channels,
        String metadataXml,
        String devicesXml,
        Map<String, String> environment) {

    /** Below this the guest's kernel and its initramfs do not fit. */
    static final int MIN_MIB = 128;

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,15}");
    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9._-]{1,40}");

    /** Checks all of it; an {@link IllegalArgumentException} names what is wrong. */
    public GuestSpec {
        require(NAME.matcher(name).matches(), "name '" + name + "' must fit " + NAME);
        require(
                maxMib >= MIN_MIB && maxMib <= 65_536,
                "maxMib " + maxMib + " must be " + MIN_MIB + " to 65536");
        require(
                currentMib > 0 && currentMib <= maxMib,
                "currentMib " + currentMib + " must be 1 to maxMib, " + maxMib);
        require(vcpus >= 1 && vcpus <= 16, "vcpus " + vcpus + " must be 1 to 16");
        require(statsPeriodS >= 0, "statsPeriodS " + statsPeriodS + " must not be negative");
        require(WORD.matcher(cpuModel).matches(), "cpuModel '" + cpuModel + "' must fit " + WORD);
        channels = List.copyOf(channels);
        environment = Map.copyOf(environment);
        environment.forEach((variable, value) -> {
            require(WORD.matcher(variable).matches(), "variable '" + variable + "': " + WORD);
            require(WORD.matcher(value).matches(), "value '" + value + "' must fit " + WORD);
        });
        for (String channel : channels) {
            require(WORD.matcher(channel).matches(), "channel '" + channel + "' must fit " + WORD);
        }
    }

    private static void require(boolean fits, String otherwise) {
        if (!fits) {
            throw new IllegalArgumentException("guest: " + otherwise);
        }
    }

    /**
     * Starts a description: 256 MiB, one vCPU, memfd memory, no autodeflate, no free page
     * reporting, statistics each second, TCG, no agent.
     *
     * @param name short name, unique in its libvirtd
     * @return a builder with the defaults
     */
    public static Builder builder(String name) {
        return new Builder(name);
    }

    /**
     * Collects a {@link GuestSpec}; the parameters are described there. Not for several threads.
     */
    public static final class Builder {
        private final String name;
        private int maxMib = 256;
        private int currentMib;
        private int vcpus = 1;
        private RamKind ram = RamKind.MEMFD;
        private boolean autodeflate;
        private boolean freePageReporting;
        private int statsPeriodS = 1;
        private Accelerator accelerator = Accelerator.TCG;
        private String cpuModel = "maximum";
        private boolean agent;
        private List<String> channels = List.of();
        private String metadataXml = "";
        private String devicesXml = "";
        private Map<String, String> environment = Map.of();

        private Builder(String name) {
            this.name = name;
        }

        /** Sets the memory it boots with, MiB. */
        public Builder maxMib(int mib) {
            maxMib = mib;
            return this;
        }

        /** Sets the memory its balloon leaves it, MiB; all of it where this is never called. */
        public Builder currentMib(int mib) {
            currentMib = mib;
            return this;
        }

        /** Sets the number of virtual CPUs. */
        public Builder vcpus(int count) {
            vcpus = count;
            return this;
        }

        /** Sets what its memory is on the host. */
        public Builder ram(RamKind kind) {
            ram = kind;
            return this;
        }

        /** Sets whether the balloon yields before a process is killed for want of memory. */
        public Builder autodeflate(boolean on) {
            autodeflate = on;
            return this;
        }

        /** Sets whether the guest hands free pages back unasked. */
        public Builder freePageReporting(boolean on) {
            freePageReporting = on;
            return this;
        }

        /** Sets the period of the balloon's statistics, seconds; 0: none. */
        public Builder statsPeriodS(int seconds) {
            statsPeriodS = seconds;
            return this;
        }

        /** Sets what runs its instructions. */
        public Builder accelerator(Accelerator kind) {
            accelerator = kind;
            return this;
        }

        /** Sets the CPU model. */
        public Builder cpuModel(String model) {
            cpuModel = model;
            return this;
        }

        /** Sets whether the guest agent runs. */
        public Builder agent(boolean on) {
            agent = on;
            return this;
        }

        /** Sets the names of further virtio ports. */
        public Builder channels(String... names) {
            channels = List.of(names);
            return this;
        }

        /** Sets the content of {@code <metadata>}. */
        public Builder metadataXml(String xml) {
            metadataXml = xml;
            return this;
        }

        /** Sets further elements of {@code <devices>}. */
        public Builder devicesXml(String xml) {
            devicesXml = xml;
            return this;
        }

        /** Sets variables of QEMU's environment; names and values without special characters. */
        public Builder environment(Map<String, String> variables) {
            environment = variables;
            return this;
        }

        /**
         * Builds the description.
         *
         * @return the description
         * @throws IllegalArgumentException when a value is out of its range; it names it
         */
        public GuestSpec build() {
            return new GuestSpec(
                    name,
                    maxMib,
                    currentMib == 0 ? maxMib : currentMib,
                    vcpus,
                    ram,
                    autodeflate,
                    freePageReporting,
                    statsPeriodS,
                    accelerator,
                    cpuModel,
                    agent,
                    channels,
                    metadataXml,
                    devicesXml,
                    environment);
        }
    }
}
