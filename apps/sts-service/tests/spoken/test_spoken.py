"""What a voice is given to read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sts_service.text.spoken import spoken
from sts_service.text.spoken.languages import LANGUAGES


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        ("es", "Ganaron 21-14.", "Ganaron veintiuno a catorce."),
        ("en", "They won 21-14.", "They won twenty one to fourteen."),
        ("de", "Sie gewannen 3:1 – nein, 3-1.", "Sie gewannen drei:eins – nein, drei zu eins."),
        ("es", "a las 20:30", "a las veinte treinta"),
        ("en", "at 20:00", "at twenty"),
        ("es", "1.234.567 €", "un millón doscientos treinta y cuatro mil quinientos sesenta y siete euros"),
        ("es", "1 € y 21 €", "un euro y veintiún euros"),
        ("en", "$5 million", "five million dollars"),
        ("es", "$3,5 millones", "tres coma cinco millones de dólares"),
        ("en", "1,234.50 dollars", "one thousand two hundred and thirty four point five dollars"),
        ("es", "2,5 %", "dos coma cinco por ciento"),
        ("es", "2.5 km", "dos coma cinco kilómetros"),
        ("es", "2.500 km", "dos mil quinientos kilómetros"),
        ("en", "2.500 km", "two point five kilometres"),
        ("es", "-5 °C", "menos cinco grados"),
        ("en", "100 km/h", "one hundred kilometres per hour"),
        ("en", "in 1939", "in nineteen thirty nine"),
        ("es", "en 1939", "en mil novecientos treinta y nueve"),
        ("en", "the 1st and the 22nd", "the first and the twenty second"),
        ("es", "el 1.º y la 3ª", "el primero y la tercera"),
        ("fr", "Le 1er but de Mme X", "Le premier but de madame X"),
        ("es", "El Sr. Pérez, etc.", "El señor Pérez, etcétera"),
        ("en", "Smith & Sons, No. 5", "Smith and Sons, number five"),
        ("es", "el G7 en 4K", "el G siete en cuatro K"),
        ("en", "agent 007", "agent zero zero seven"),
        ("en", "call 555-123-4567", "call five hundred and fifty five one hundred and twenty three four "
         "thousand five hundred and sixty seven"),
        ("en", "“It’s” 'fine'", "It's fine"),
        ("es", "¡Gol! 😀​ sí", "¡Gol! sí"),
        ("ja", "“5月”", "5月"),
        ("es-419", "2 goles", "dos goles"),
    ],
)  # fmt: skip
def test_what_is_written_is_said(language: str, written: str, said: str) -> None:
    assert spoken(written, language) == said


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@given(text=st.text(alphabet=st.sampled_from("0123456789.,:-–€$%°C+#& kmhSr'\"aZñ¿(\n"), max_size=60))
def test_no_digit_is_left_to_the_voice(language: str, text: str) -> None:
    said = spoken(text, language)
    assert not any(character.isdecimal() for character in said)
    assert spoken(text, language) == said


@given(text=st.text(max_size=200), language=st.sampled_from(["es", "en", "ja", "xx", "pt-BR"]))
def test_any_text_can_be_given(text: str, language: str) -> None:
    said = spoken(text, language)
    assert "\n" not in said
    assert said == said.strip()
