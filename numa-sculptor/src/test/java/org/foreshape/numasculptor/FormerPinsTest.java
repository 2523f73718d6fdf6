package org.foreshape.numasculptor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class FormerPinsTest {
    @Test
    void shouldReadWhatItWrites() {
        var pins = new FormerPins(List.of(List.of(0, 1), List.of(3)), List.of(0, 1, 2, 3), "0-1");
        assertThat(FormerPins.parse(pins.toXml())).isEqualTo(pins);
        var free = new FormerPins(List.of(List.of(0)), List.of(0), "");
        assertThat(FormerPins.parse(free.toXml())).isEqualTo(free);
    }

    @Test
    void shouldReadWhatLibvirtMakesOfIt() {
        assertThat(
                        FormerPins.parse(
                                """
                                <pins nodes='0,^2' vcpus='0,1;0,1' emulator='0-1'
                                  xmlns='https://foreshape.org/xmlns/pins/1'/>
                                """))
                .isEqualTo(
                        new FormerPins(
                                List.of(List.of(0, 1), List.of(0, 1)), List.of(0, 1), "0,^2"));
    }

    @Test
    void shouldSayWhatItCannotUnderstand() {
        for (String xml : List.of("", "<pins/>", "<pins vcpus='0;' emulator='0'/>")) {
            assertThatThrownBy(() -> FormerPins.parse(xml))
                    .isInstanceOf(SculptException.class)
                    .hasMessageContaining("former pins");
        }
    }
}
