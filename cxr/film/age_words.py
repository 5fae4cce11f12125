"""Words for hours, days, weeks, months and years, in the languages that modalities are often set to.

An infant whose age is in a word that is not known here is scored as one of unknown age. A single letter that
means a day in one language and a year in another (J, T) is no word: such an age cannot be read.
"""

import unicodedata

_WORDS = {
    "H": """
        H HR HRS HOUR HOURS STD STUNDE STUNDEN HEURE HEURES HORA HORAS ORA ORE UUR UREN TIMMAR TIMER GODZIN
        HODIN SAAT JAM ΩΡΕΣ ЧАС ЧАСА ЧАСОВ Ч ساعة ساعات שעות ชั่วโมง 小时 小時 時間 시간
    """,
    "D": """
        D DAY DAYS DY DYS TAG TAGE TAGEN JOUR JOURS DIA DIAS GIORNO GIORNI GG DAG DAGEN DAGAR DAGE DAGER
        PAIVA PAIVAA DZIEN DNI DEN DNY DNU NAP NAPOS ZI ZILE DAN DANA GUN GUNLUK HARI NGAY ΗΜΕΡΑ ΗΜΕΡΕΣ
        ΗΜΕΡΩΝ ДЕНЬ ДНЕЙ ДНЯ ДН Д ДНІВ ДЕН ДНИ ДАНА يوم ايام أيام يوما روز יום ימים วัน 天 日 日齢 日龄 일
        दिन দিন دن SIKU ARAW DIENA DIENAS PAEV PAEVA DITE КҮН
    """,
    "W": """
        W WK WKS WEEK WEEKS WOCHE WOCHEN SEMAINE SEMAINES SEMANA SEMANAS SEMS SETTIMANA SETTIMANE WEKEN
        VECKA VECKOR UGE UGER UKE UKER VIIKKO VIIKKOA VK TYDZIEN TYGODNIE TYGODNI TYDEN TYDNY TYDNU HET
        HETES SAPTAMANA SAPTAMANI TJEDAN TJEDANA HAFTA HAFTALIK MINGGU TUAN ΕΒΔΟΜΑΔΑ ΕΒΔΟΜΑΔΕΣ ΕΒΔΟΜΑΔΩΝ
        НЕДЕЛЯ НЕДЕЛИ НЕДЕЛЬ НЕД ТИЖНІ ТИЖНІВ СЕДМИЦИ اسبوع أسبوع اسابيع أسابيع هفته שבוע שבועות สัปดาห์
        周 週 星期 周龄 週齢 주
        सप्ताह সপ্তাহ ہفتے WIKI LINGGO SAVAITE SAV NEDELA NADAL NADALAT JAVE АПТА
    """,
    "M": """
        M MO MOS MTH MTHS MON MONS MONTH MONTHS MONAT MONATE MONATEN MOIS MES MESES MESE MESI MAAND
        MAANDEN MND MNDN MNTH MANAD MANADER MANED MANEDER MDR KUUKAUSI KUUKAUTTA KK MIESIAC MIESIACE
        MIESIECY MIES MC MESIC MESICE MESICU MESIAC MESIACE MESIACOV HONAP HONAPOS HO LUNA LUNI MJESEC MJESECA
        MJESECI MESECI MESECA AY AYLIK BULAN BLN THANG ΜΗΝΑΣ ΜΗΝΕΣ ΜΗΝΩΝ ΜΗΝ МЕСЯЦ МЕСЯЦА МЕСЯЦЕВ МЕС М МІСЯЦЬ
        МІСЯЦІ МІСЯЦІВ МІС МЕСЕЦ МЕСЕЦА МЕСЕЦИ شهر اشهر أشهر شهرا شهور ماه חודש חודשים เดือน 月 个月 個月
        月龄 月齢 か月 ヶ月 カ月 ヵ月 ケ月 箇月 개월 달
        माह महीना महीने মাস ماہ مہینے MIEZI MWEZI BUWAN MEN MENUO MENESIAI MENESIS MENESI KUU KUUD MUAJ АЙ
    """,
    "Y": """
        Y YR YRS YO YEAR YEARS JAHR JAHRE JAHREN AN ANS ANO ANOS A ANNO ANNI JAAR JAREN JR AR VUOSI VUOTTA
        ROK LATA LAT ROKU ROKY LET ROKOV EV EVES ANI GODINA GODINE GOD LETO LETA YAS YIL YASINDA TAHUN THN
        TUOI NAM ΕΤΟΣ ΕΤΗ ΕΤΩΝ ГОД ГОДА ГОДОВ Г Л ЛЕТ РІК РОКИ РОКІВ Р ГОДИНИ ГОДИНА سنة سنوات سنه عام
        اعوام أعوام عاما سال שנה שנים ปี 岁 歲 歳 才 年 周岁 세 살 년
        वर्ष साल বছর MIAKA MWAKA TAON METAI METU GADI GADS AASTA AASTAT VJEC VJET ЖАС ΧΡ ΧΡΟΝΩΝ ΧΡΟΝΙΑ
    """,
}


def plain(text: str) -> str:
    """Give a text in upper case, without accents, with the digits and letters of compatible forms."""
    decomposed = unicodedata.normalize("NFKD", text).upper()
    shown = "".join(one for one in decomposed if not unicodedata.category(one).startswith("M"))
    return unicodedata.normalize("NFC", shown).strip(" \0")


UNITS = {plain(word): unit for unit, words in _WORDS.items() for word in words.split()}
"""The unit, H, D, W, M or Y, that each word stands for."""
