with

source as (
    select * from {{ source('outreach_raw', 'dol_schedule_a') }}
),

renamed as (
    select
        -- ids
        schedule_a_id,
        filing_id,
        {{ identity_text('company_unique_id') }},

        -- text
        sch_a_plan_num as plan_number,
        sch_a_ein as sponsor_ein,
        ins_carrier_name as carrier_name,
        ins_carrier_ein as carrier_ein,
        ins_carrier_naic_code as carrier_naic_code,
        ins_contract_num as contract_number,

        -- numbers
        form_id as schedule_number,
        ins_prsn_covered_eoy_cnt as persons_covered_count,
        cast(ins_broker_comm_tot_amt as numeric(20, 2))
            as broker_commission_amount,
        cast(ins_broker_fees_tot_amt as numeric(20, 2)) as broker_fee_amount,
        cast(wlfr_tot_earned_prem_amt as numeric(20, 2))
            as earned_premium_amount,
        cast(wlfr_tot_charges_paid_amt as numeric(20, 2))
            as paid_premium_amount,

        -- booleans, blank in a schedule where the answer is no
        coalesce(wlfr_bnft_health_ind = '1', false) as has_health,
        coalesce(wlfr_bnft_dental_ind = '1', false) as has_dental,
        coalesce(wlfr_bnft_vision_ind = '1', false) as has_vision,
        coalesce(wlfr_bnft_life_insur_ind = '1', false) as has_life,
        coalesce(wlfr_bnft_temp_disab_ind = '1', false)
            as has_temporary_disability,
        coalesce(wlfr_bnft_long_term_disab_ind = '1', false)
            as has_long_term_disability,
        coalesce(wlfr_bnft_drug_ind = '1', false) as has_drug,
        coalesce(wlfr_bnft_stop_loss_ind = '1', false) as is_stop_loss,
        coalesce(wlfr_bnft_hmo_ind = '1', false) as is_hmo,
        coalesce(wlfr_bnft_ppo_ind = '1', false) as is_ppo,

        -- dates
        sch_a_plan_year_begin_date as plan_year_begin_date,
        sch_a_plan_year_end_date as plan_year_end_date,
        ins_policy_from_date as policy_begin_date,
        ins_policy_to_date as policy_end_date,

        -- timestamps
        loaded_at
    from source
)

select * from renamed
