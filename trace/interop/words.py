"""The closed vocabularies of CBV 2.0 and of the GS1 Web Vocabulary that EPCIS 2.0 events use as bare words.

Each word also has web URIs and, from EPCIS 1.x, a URN; all of them are understood, and a word that GS1 does
not know is refused in each of these forms alike (CBV 2.0 section 7; EPCIS 2.0 JSON binding, context and
schema).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Vocabulary:
    """Words of one kind; ``stems`` are what stands before a word where it is written as a URI of GS1."""

    name: str
    words: frozenset[str]
    stems: tuple[str, ...]

    def knows(self, value: str) -> bool | None:
        """Whether ``value`` is a word of this vocabulary; None where it is a URI that is not GS1's."""
        for stem in self.stems:
            if value.startswith(stem):
                return value[len(stem) :] in self.words
        return None if ":" in value else value in self.words


def _cbv(name: str, web: str, urn: str | None, words: str) -> Vocabulary:
    bases = ["cbv:", "https://ref.gs1.org/cbv/", "http://ref.gs1.org/cbv/"]
    bases += ["https://ns.gs1.org/cbv/", "http://ns.gs1.org/cbv/"]
    stems = [f"{base}{web}-" for base in bases]
    if urn:
        stems.append(f"urn:epcglobal:cbv:{urn}:")
    return Vocabulary(name, frozenset(words.split()), tuple(stems))


def _web(name: str, words: str) -> Vocabulary:
    bases = ("gs1:", "https://gs1.org/voc/", "http://gs1.org/voc/", "https://www.gs1.org/voc/")
    return Vocabulary(name, frozenset(words.split()), bases)


BIZ_STEP = _cbv(
    "bizStep",
    "BizStep",
    "bizstep",
    """
    accepting arriving assembling collecting commissioning consigning creating_class_instance cycle_counting
    decommissioning departing destroying disassembling dispensing encoding entering_exiting holding inspecting
    installing killing loading other packing picking receiving removing repackaging repairing replacing
    reserving retail_selling sampling sensor_reporting shipping staging_outbound stock_taking stocking storing
    transporting unloading unpacking void_shipping
    """,
)
DISPOSITION = _cbv(
    "disposition",
    "Disp",
    "disp",
    """
    active available completeness_inferred completeness_verified conformant container_closed container_open
    damaged destroyed dispensed disposed encoded expired in_progress in_transit inactive mismatch_class
    mismatch_instance mismatch_quantity needs_replacement no_pedigree_match non_conformant non_sellable_other
    partially_dispensed recalled reserved retail_sold returned sellable_accessible sellable_not_accessible
    stolen unavailable unknown
    """,
)
TRANSACTION = _cbv(
    "bizTransaction type",
    "BTT",
    "btt",
    "bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt",
)
SOURCE_DESTINATION = _cbv("source/destination type", "SDT", "sdt", "owning_party possessing_party location")
ERROR_REASON = _cbv("error reason", "ER", "er", "did_not_occur incorrect_data")
COMPONENT = _cbv(
    "component",
    "Comp",
    None,
    """
    altitude axial_distance azimuth easting elevation_angle height latitude longitude northing polar_angle
    spherical_radius x y z
    """,
)
ALERT = _web("sensor alert", "ALARM_CONDITION ERROR_CONDITION")
MEASUREMENT = _web(
    "measurement type",
    """
    AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Altitude AmountOfSubstance
    AmountOfSubstancePerUnitVolume Angle AngularAcceleration AngularMomentum AngularVelocity Area Capacitance
    Conductance Conductivity Count Density Dimensionless DoseEquivalent DoseEquivalentRate DynamicViscosity
    ElectricCharge ElectricCurrent ElectricCurrentDensity ElectricFieldStrength Energy Exposure Force
    Frequency Illuminance Inductance Irradiance KinematicViscosity Length LinearMomentum Luminance
    LuminousFlux LuminousIntensity MagneticFlux MagneticFluxDensity MagneticVectorPotential Mass
    MassConcentration MassFlowRate MassPerAreaTime MemoryCapacity MolalityOfSolute MolarEnergy MolarMass
    MolarVolume Power Pressure RadiantFlux RadiantIntensity Radioactivity RelativeHumidity Resistance
    Resistivity SolidAngle SpecificVolume Speed SurfaceDensity SurfaceTension Temperature Time Torque Voltage
    Volume VolumeFlowRate VolumeFraction VolumetricFlux Wavenumber
    """,
)
