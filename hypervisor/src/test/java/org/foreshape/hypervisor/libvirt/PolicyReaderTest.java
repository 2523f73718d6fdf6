package org.foreshape.hypervisor.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import javax.xml.stream.XMLStreamException;
import org.foreshape.ring.event.VmMode;
import org.foreshape.ring.event.VmPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The domain's XML and the policy element in its metadata. */
final class PolicyReaderTest {
    private static final long MAXIMUM_KIB = 1024 * 1024;
    private static final VmPolicy CONFIGURED =
            new VmPolicy(VmMode.RECOMMEND, 4, 200 * 1024, 512 * 1024);

    @Test
    void shouldLeaveThePolicyToTheConfigurationWithoutMetadata() throws Exception {
        PolicyReader.Reading reading = read("");

        assertThat(reading.policy()).isNull();
        assertThat(reading.fault()).isNull();
    }

    @Test
    void shouldReadEveryAttribute() throws Exception {
        PolicyReader.Reading reading =
                read(vm("mode='enforce' floor-mib='256' ceiling-mib='768' priority='7'"));

        assertThat(reading.fault()).isNull();
        assertThat(reading.policy())
                .isEqualTo(new VmPolicy(VmMode.ENFORCE, 7, 256 * 1024, 768 * 1024));
    }

    @Test
    void shouldTakeWhatIsLeftOutFromConfigurationAndTheCeilingFromTheDomain() throws Exception {
        assertThat(read(vm("")).policy())
                .isEqualTo(new VmPolicy(VmMode.RECOMMEND, 4, 200 * 1024, MAXIMUM_KIB));
    }

    @Test
    void shouldOnlyObserveWhoOptsOut() throws Exception {
        VmPolicy policy = read(vm("mode='enforce' opt-out='yes'")).policy();

        assertThat(policy).isNotNull();
        assertThat(policy.mode()).isEqualTo(VmMode.OBSERVE);
        assertThat(read(vm("mode='enforce' opt-out='no'")).policy().mode())
                .isEqualTo(VmMode.ENFORCE);
    }

    @Test
    void shouldTakeNoMoreThanTheDomainCanHave() throws Exception {
        assertThat(read(vm("ceiling-mib='9999'")).policy().ceilingKib()).isEqualTo(MAXIMUM_KIB);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mode='enforced'                       | mode is 'enforced'",
                "mode='ENFORCE'                        | mode is 'ENFORCE'",
                "priority='10'                         | priority is '10'",
                "priority='-1'                         | priority is '-1'",
                "floor-mib='many'                      | floor-mib is 'many'",
                "floor-mib='9999999999999999999'       | floor-mib is",
                "floor-mib='512' ceiling-mib='256'     | floor",
                "floor-mib='2048'                      | floor",
                "flor-mib='256'                        | unknown attribute flor-mib",
                "opt-out='true'                        | opt-out is 'true'"
            })
    void shouldOnlyObserveWhenTheMetadataIsFaulty(String attributes, String fault)
            throws Exception {
        PolicyReader.Reading reading = read(vm(attributes));

        assertThat(reading.fault()).contains(fault);
        assertThat(reading.policy()).isEqualTo(new VmPolicy(VmMode.OBSERVE, 4, 0, Long.MAX_VALUE));
    }

    @Test
    void shouldOnlyObserveWhenThereAreTwoElements() throws Exception {
        PolicyReader.Reading reading = read(vm("mode='enforce'") + vm("mode='enforce'"));

        assertThat(reading.fault()).contains("2 elements");
        assertThat(reading.policy().mode()).isEqualTo(VmMode.OBSERVE);
    }

    @Test
    void shouldPassOverElementsOfOtherNamespacesAndPlaces() throws Exception {
        String other = "<vm xmlns='https://example.org/other' mode='enforce'/>";
        String deep = "<o:box xmlns:o='https://example.org/o'>" + vm("mode='enforce'") + "</o:box>";

        assertThat(read(other + deep).policy()).isNull();
    }

    @Test
    void shouldReadPeriodAndVcpus() throws Exception {
        DomainDescription described =
                DomainDescription.parse(
                        "<domain><vcpu placement='static' current='1'>4</vcpu><devices>"
                                + "<memballoon model='virtio'><stats period='5'/></memballoon>"
                                + "</devices></domain>");

        assertThat(described.vcpuCountMax()).isEqualTo(4);
        assertThat(described.statsPeriodS()).isEqualTo(5);
        assertThat(DomainDescription.parse("<domain/>").statsPeriodS()).isZero();
        assertThat(DomainDescription.parse("<domain/>").diskPaths()).isEmpty();
        assertThat(
                        DomainDescription.parse(
                                        """
                                        <domain><devices>
                                        <disk type='file' device='disk'>
                                          <source file='/vm/top.qcow2'/>
                                          <backingStore type='file'><source file='/vm/base.img'/>
                                          <backingStore/></backingStore>
                                        </disk>
                                        <disk type='file' device='cdrom'><source file='/iso'/></disk>
                                        <disk type='block'><source dev='/dev/vg/lv'/></disk>
                                        <disk type='network' device='disk'><source name='rbd/x'/></disk>
                                        <interface><source bridge='br0' dev='/dev/net'/></interface>
                                        </devices></domain>\
                                        """)
                                .diskPaths())
                .containsExactly("/vm/top.qcow2", "/vm/base.img", "/dev/vg/lv");
        assertThat(DomainDescription.parse("<domain/>").freePageReported()).isFalse();
        assertThat(
                        DomainDescription.parse(
                                        "<domain><devices><memballoon model=\"virtio\""
                                                + " freePageReporting=\"on\"/></devices></domain>")
                                .freePageReported())
                .isTrue();
    }

    @Test
    void shouldNeverReadAnotherFileForAnEntity() {
        String xml =
                "<!DOCTYPE domain [<!ENTITY secret SYSTEM 'file:///etc/hostname'>]>"
                        + "<domain><vcpu>&secret;</vcpu></domain>";

        assertThatThrownBy(() -> DomainDescription.parse(xml))
                .isInstanceOf(XMLStreamException.class);
    }

    @Test
    void shouldRefuseWhatIsNoXml() {
        assertThatThrownBy(() -> DomainDescription.parse("<domain>"))
                .isInstanceOf(XMLStreamException.class);
    }

    private static String vm(String attributes) {
        return "<foreshape:vm xmlns:foreshape='"
                + DomainDescription.NAMESPACE
                + "' "
                + attributes
                + "/>";
    }

    private static PolicyReader.Reading read(String metadata) throws XMLStreamException {
        DomainDescription described =
                DomainDescription.parse("<domain><metadata>" + metadata + "</metadata></domain>");
        return PolicyReader.read(described.policies(), CONFIGURED, MAXIMUM_KIB);
    }
}
